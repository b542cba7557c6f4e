using System.Buffers.Binary;
using System.Text;

namespace Warp;

/// <summary>Edits the "version needs" of a 64-bit little-endian ELF image (System V gABI; LSB Core, "Symbol Versioning").</summary>
internal static class ElfVersionNeeds
{
    private const uint SectionTypeVersionNeeds = 0x6ffffffe;
    private const ushort WeakFlag = 0x2;

    /// <summary>Marks every need of <paramref name="version"/> as weak, in place, so that the loader accepts a library without it.</summary>
    /// <returns>Whether the version was found. An image that is not such an ELF file is left alone.</returns>
    internal static bool TryWeaken(Span<byte> image, string version)
    {
        if (image.Length < 64 || !image.StartsWith((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1]))
            return false;

        var sections = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(image[0x28..]));
        var entrySize = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3a..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(image[0x3c..]);
        var wanted = Encoding.ASCII.GetBytes(version);
        var found = false;

        for (var i = 0; i < count; i++)
        {
            var section = image[(sections + i * entrySize)..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != SectionTypeVersionNeeds)
                continue;
            var strings = image[(sections + (int)BinaryPrimitives.ReadUInt32LittleEndian(section[40..]) * entrySize)..];
            found |= WeakenIn(image, FileOffset(section), FileOffset(strings), wanted);
        }

        return found;
    }

    private static int FileOffset(ReadOnlySpan<byte> section) => checked((int)BinaryPrimitives.ReadUInt64LittleEndian(section[24..]));

    private static bool WeakenIn(Span<byte> image, int needs, int strings, ReadOnlySpan<byte> wanted)
    {
        var found = false;
        for (int library = needs, nextLibrary; ; library += nextLibrary)
        {
            var entry = library + (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(library + 8)..]);
            for (int nextEntry; ; entry += nextEntry)
            {
                var name = image[(strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(entry + 8)..]))..];
                if (name.StartsWith(wanted) && name[wanted.Length] == 0)
                {
                    var flags = BinaryPrimitives.ReadUInt16LittleEndian(image[(entry + 4)..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(image[(entry + 4)..], (ushort)(flags | WeakFlag));
                    found = true;
                }

                nextEntry = (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(entry + 12)..]);
                if (nextEntry == 0)
                    break;
            }

            nextLibrary = (int)BinaryPrimitives.ReadUInt32LittleEndian(image[(library + 12)..]);
            if (nextLibrary == 0)
                return found;
        }
    }
}
