using System.Text.RegularExpressions;

namespace Warp.Tests;

/// <summary>The C# of the pages is the C# that is compiled.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Path.Combine(PackedPackages.Repository, "docs"), "*.md", SearchOption.AllDirectories)
        .Append(Path.Combine(PackedPackages.Repository, "README.md"))
        .Select(path => Path.GetRelativePath(PackedPackages.Repository, path))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_CSharp_block_stands_in_a_compiled_snippet(string page)
    {
        var snippets = Directory.EnumerateFiles(Path.Combine(PackedPackages.Repository, "samples", "Snippets"), "*.cs").Select(File.ReadAllText).Select(Flat).ToList();
        foreach (Match block in CSharpBlock().Matches(File.ReadAllText(Path.Combine(PackedPackages.Repository, page))))
            Assert.True(snippets.Exists(s => s.Contains(Flat(block.Groups["code"].Value), StringComparison.Ordinal)), $"{page} has a block that no snippet has:\n{block.Value}");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_link_to_a_file_leads_somewhere(string page)
    {
        var path = Path.Combine(PackedPackages.Repository, page);
        foreach (Match link in Link().Matches(File.ReadAllText(path)))
        {
            var target = Path.Combine(Path.GetDirectoryName(path)!, link.Groups["target"].Value.Split('#')[0]);
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{page} links to {link.Groups["target"].Value}, which is not there.");
        }
    }

    // Indentation differs between a page and a method body.
    private static string Flat(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"\]\((?!https?:|#)(?<target>[^)]+)\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();
}
