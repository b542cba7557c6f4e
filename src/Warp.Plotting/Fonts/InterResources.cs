using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Warp.Plotting.Fonts;

/// <summary>Reads a font file out of the assembly that carries Inter, without loading that assembly.</summary>
internal static class InterResources
{
    /// <summary>The bytes of a font file.</summary>
    /// <param name="fileName">For instance "Inter-Regular.ttf".</param>
    internal static byte[] Read(string fileName)
    {
        using var assembly = typeof(InterResources).Assembly.GetManifestResourceStream("Inter")
            ?? throw new InvalidOperationException("Warp.Plotting was built without its font.");
        using var portableExecutable = new PEReader(assembly);
        var metadata = portableExecutable.GetMetadataReader();
        var resource = metadata.ManifestResources.Select(metadata.GetManifestResource)
            .Single(r => metadata.StringComparer.Equals(r.Name, "!AvaloniaResources"));
        var directory = portableExecutable.PEHeaders.CorHeader!.ResourcesDirectory.RelativeVirtualAddress;
        var section = portableExecutable.GetSectionData(directory).GetContent((int)resource.Offset, sizeof(int));
        var length = BitConverter.ToInt32([.. section]);
        var content = portableExecutable.GetSectionData(directory).GetContent((int)resource.Offset + sizeof(int), length);
        return Find([.. content], fileName);
    }

    // The resource: the index's length; the index (version, number of files, then path, offset, length of each); the files.
    private static byte[] Find(byte[] content, string fileName)
    {
        using var reader = new BinaryReader(new MemoryStream(content));
        var files = sizeof(int) + reader.ReadInt32();
        _ = reader.ReadInt32();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var path = reader.ReadString();
            var (offset, length) = (reader.ReadInt32(), reader.ReadInt32());
            if (path.EndsWith("/" + fileName, StringComparison.Ordinal))
                return content.AsSpan(files + offset, length).ToArray();
        }

        throw new InvalidOperationException($"The font file {fileName} is missing from the resources of Warp.Plotting.");
    }
}
