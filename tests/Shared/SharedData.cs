namespace Warp.Tests;

/// <summary>Reference data beside the repository (../shared), which whoever clones the project does not have.</summary>
internal static class SharedData
{
    /// <summary>The path of a file or folder under ../shared; skips the test when it is not there.</summary>
    public static string Path(params string[] parts)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "Warp.Core.sln")))
                continue;
            var path = System.IO.Path.Combine([folder.FullName, "..", "shared", .. parts]);
            Assert.SkipUnless(
                File.Exists(path) || Directory.Exists(path),
                $"The reference data '{System.IO.Path.Combine([.. parts])}' is not beside this checkout (looked for ../shared from the repository root).");
            return System.IO.Path.GetFullPath(path);
        }

        throw new InvalidOperationException($"No Warp.Core.sln above {AppContext.BaseDirectory}.");
    }
}
