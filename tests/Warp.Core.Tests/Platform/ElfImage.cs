using System.Buffers.Binary;
using System.Text;

namespace Warp.Tests;

/// <summary>A 64-bit little-endian ELF image with nothing but a table of version needs, laid out by the System V gABI and the LSB.</summary>
internal static class ElfImage
{
    public const int HeaderSize = 64, SectionSize = 64, NeedSize = 16, AuxiliarySize = 16;

    /// <summary>Sections: 0 null, 1 strings, 2 version needs (which point to section 1).</summary>
    /// <returns>The image and, per version in order, where its flags lie.</returns>
    public static (byte[] Image, int[] FlagsAt) WithNeeds(params string[][] librariesWithVersions)
    {
        var strings = new List<byte> { 0 };
        var needs = new List<byte>();
        var flags = new List<int>();
        for (var i = 0; i < librariesWithVersions.Length; i++)
        {
            var versions = librariesWithVersions[i];
            var need = new byte[NeedSize];
            BinaryPrimitives.WriteUInt16LittleEndian(need, 1); // vn_version
            BinaryPrimitives.WriteUInt16LittleEndian(need.AsSpan(2), (ushort)versions.Length); // vn_cnt
            BinaryPrimitives.WriteUInt32LittleEndian(need.AsSpan(4), Add(strings, $"lib{i}.so")); // vn_file
            BinaryPrimitives.WriteUInt32LittleEndian(need.AsSpan(8), NeedSize); // vn_aux
            var isLastLibrary = i == librariesWithVersions.Length - 1;
            BinaryPrimitives.WriteUInt32LittleEndian(need.AsSpan(12), isLastLibrary ? 0 : (uint)(NeedSize + versions.Length * AuxiliarySize)); // vn_next
            needs.AddRange(need);
            for (var v = 0; v < versions.Length; v++)
            {
                var auxiliary = new byte[AuxiliarySize];
                flags.Add(needs.Count + 4);
                BinaryPrimitives.WriteUInt16LittleEndian(auxiliary.AsSpan(4), 0x1); // vna_flags: something that must survive
                BinaryPrimitives.WriteUInt32LittleEndian(auxiliary.AsSpan(8), Add(strings, versions[v])); // vna_name
                BinaryPrimitives.WriteUInt32LittleEndian(auxiliary.AsSpan(12), v == versions.Length - 1 ? 0u : AuxiliarySize); // vna_next
                needs.AddRange(auxiliary);
            }
        }

        var needsAt = HeaderSize + strings.Count;
        var sectionsAt = needsAt + needs.Count;
        var header = new byte[HeaderSize];
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(header);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(0x28), (ulong)sectionsAt); // e_shoff
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(0x3a), SectionSize); // e_shentsize
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(0x3c), 3); // e_shnum
        byte[] image =
        [
            .. header, .. strings, .. needs,
            .. Section(type: 0, at: 0, size: 0, link: 0),
            .. Section(type: 3, at: HeaderSize, size: strings.Count, link: 0),
            .. Section(type: 0x6ffffffe, at: needsAt, size: needs.Count, link: 1),
        ];
        return (image, [.. flags.Select(f => f + needsAt)]);
    }

    private static uint Add(List<byte> strings, string text)
    {
        var at = (uint)strings.Count;
        strings.AddRange([.. Encoding.ASCII.GetBytes(text), 0]);
        return at;
    }

    private static byte[] Section(uint type, int at, int size, uint link)
    {
        var section = new byte[SectionSize];
        BinaryPrimitives.WriteUInt32LittleEndian(section.AsSpan(4), type); // sh_type
        BinaryPrimitives.WriteUInt64LittleEndian(section.AsSpan(24), (ulong)at); // sh_offset
        BinaryPrimitives.WriteUInt64LittleEndian(section.AsSpan(32), (ulong)size); // sh_size
        BinaryPrimitives.WriteUInt32LittleEndian(section.AsSpan(40), link); // sh_link
        return section;
    }
}
