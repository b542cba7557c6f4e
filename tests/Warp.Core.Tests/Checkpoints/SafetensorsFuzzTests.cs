using System.Text;

namespace Warp.Tests;

/// <summary>
/// Headers that are almost right. Whatever comes, the outcome is a header whose tensors fill the data exactly, or a
/// <see cref="SafetensorsException"/>, and the memory taken is bounded by the length of what was given.
/// </summary>
public sealed class SafetensorsFuzzTests
{
    private const int Mutants = 200_000;
    private const int IndexMutants = 20_000;

    // A parse keeps names, shapes and texts; an exception keeps a message and its trace.
    private const long AllowedBytes = 100_000;
    private const long AllowedBytesPerByte = 100;

    private static readonly (string Header, long Data)[] Seeds =
    [
        ("""{"__metadata__":{"format":"pt","tied":"a"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}""", 32),
        ("""{"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"e":{"dtype":"U8","shape":[0],"data_offsets":[8,8]},"z":{"dtype":"BOOL","shape":[1,1],"data_offsets":[8,9]}}   """, 9),
        ("""{"w":{"dtype":"F8_E4M3","shape":[5],"data_offsets":[0,5]},"f4":{"dtype":"F4","shape":[2,2],"data_offsets":[5,7]},"?":{"dtype":"LATER","shape":[9,9],"data_offsets":[7,10]}}""", 10),
        ("""{"é\"\u00e9😀":{"later":{"x":[1,{"y":null}]},"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""", 8),
        ("""{"a":{"dtype":"F16","shape":[1,2,3,4,5,6,7,8,9,1,1,1,1,1,1,1],"data_offsets":[0,725760]}}""", 725760),
        ("{}", 0),
    ];

    private static readonly byte[][] Pieces = [.. new[]
    {
        "{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-1", "-", "1e9", "1.5", "4611686018427387904", "9223372036854775807", "9223372036854775808",
        "18446744073709551615", "18446744073709551617", "4294967296", "null", "true", "\"a\"", "\"dtype\":", "\"shape\":", "\"data_offsets\":", "\"__metadata__\":",
        "\"F32\"", "\"U8\"", "\"X\"", "\\ud800", "\\u0000", "[0,0]", "[0,", "{}", "[[[[[[[[", "\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},", " ", "\n", "\uFEFF", "/**/",
    }.Select(Encoding.UTF8.GetBytes), [0xC3], [0xFF], [0x80], [0xED, 0xA0, 0x80], [0], new byte[64]];

    private static readonly Dictionary<string, int> Bits = new (int Bits, string Names)[]
    {
        (4, "F4"),
        (8, "BOOL U8 I8 F8_E4M3 F8_E5M2 F8_E8M0"),
        (16, "I16 U16 F16 BF16"),
        (32, "I32 U32 F32"),
        (64, "F64 I64 U64"),
    }.SelectMany(width => width.Names.Split(' ').Select(name => KeyValuePair.Create(name, width.Bits))).ToDictionary();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Mutated_headers_are_read_or_refused(ulong seed)
    {
        var random = new RandomStream(seed);
        var read = 0;
        for (var i = 0; i < Mutants / 2; i++)
        {
            var (header, dataBytes) = Seeds[random.NextInt32(Seeds.Length)];
            var mutant = Mutate(Encoding.UTF8.GetBytes(header), random);
            if (random.NextInt32(8) == 0)
                dataBytes = random.NextInt32(64);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var result = SafetensorsHeaderReader.Read(mutant, dataBytes, "file");
                AssertWhole(result, dataBytes);
                read++;
            }
            catch (SafetensorsException failure)
            {
                Assert.Equal("file", failure.FilePath);
            }
            catch (Exception failure)
            {
                Assert.Fail($"Mutant {i} of seed {seed} ended in {failure.GetType()}: {Convert.ToBase64String(mutant)}");
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedBytes + AllowedBytesPerByte * mutant.Length);
        }

        // The test would show nothing if every mutant died at the first byte, or none did.
        Assert.InRange(read, Mutants / 200, Mutants / 2 - Mutants / 20);
    }

    [Fact]
    public void Mutated_indexes_are_read_or_refused()
    {
        var random = new RandomStream(3);
        var good = """{"metadata":{"total_size":9},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}"""u8.ToArray();
        var read = 0;
        for (var i = 0; i < IndexMutants; i++)
        {
            var mutant = Mutate(good, random);
            try
            {
                var map = CheckpointIndex.Parse(mutant, "file");
                Assert.All(map.Values, name => Assert.Equal(name, Path.GetFileName(name)));
                Assert.All(map.Values, name => Assert.EndsWith(".safetensors", name, StringComparison.Ordinal));
                read++;
            }
            catch (SafetensorsException failure)
            {
                Assert.Equal("file", failure.FilePath);
            }
        }

        Assert.InRange(read, IndexMutants / 100, IndexMutants - IndexMutants / 10);
    }

    [Fact]
    public void Headers_of_many_tensors_or_sizes_take_memory_in_proportion()
    {
        var entries = Enumerable.Range(0, 100_000).Select(i => $$""" "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""");
        var many = Encoding.UTF8.GetBytes($"{{{string.Join(',', entries)}}}");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(100_000, SafetensorsHeaderReader.Read(many, 0, "file").Entries.Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedBytes + AllowedBytesPerByte * many.Length);

        var sizes = Encoding.UTF8.GetBytes($$"""{"a":{"dtype":"U8","shape":[{{string.Join(',', Enumerable.Repeat("1", 1_000_000))}}],"data_offsets":[0,1]} }""");
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<SafetensorsException>(() => SafetensorsHeaderReader.Read(sizes, 1, "file"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllowedBytes);
    }

    private static void AssertWhole(SafetensorsHeader header, long dataBytes)
    {
        var end = 0L;
        var names = new HashSet<string>();
        foreach (var entry in header.Entries)
        {
            if (entry.Begin != end || entry.End < entry.Begin || !names.Add(entry.Name))
                Assert.Fail($"'{entry.Name}' lies from {entry.Begin} to {entry.End}, after {end}.");
            if (Bits.TryGetValue(entry.Type.Name, out var bits))
                Assert.Equal(entry.Shape.Aggregate((Int128)bits, (product, size) => product * size), (Int128)8 * (entry.End - entry.Begin));
            Assert.All(entry.Shape, size => Assert.True(size >= 0));
            end = entry.End;
        }

        Assert.Equal(dataBytes, end);
    }

    private static byte[] Mutate(byte[] bytes, RandomStream random)
    {
        for (var count = 1 + random.NextInt32(3); count > 0; count--)
            bytes = MutateOnce(bytes, random);
        return bytes;
    }

    private static byte[] MutateOnce(byte[] bytes, RandomStream random)
    {
        var at = random.NextInt32(bytes.Length + 1);
        var end = at + random.NextInt32(Math.Min(40, bytes.Length - at) + 1);
        switch (random.NextInt32(6))
        {
            case 0: // Any byte becomes any other.
                var changed = bytes.ToArray();
                if (at < changed.Length)
                    changed[at] = (byte)random.NextInt32(256);
                return changed;
            case 1: // A piece comes in.
                return [.. bytes[..at], .. Pieces[random.NextInt32(Pieces.Length)], .. bytes[at..]];
            case 2: // A range goes.
                return [.. bytes[..at], .. bytes[end..]];
            case 3: // A range comes twice.
                return [.. bytes[..end], .. bytes[at..]];
            case 4: // A number becomes another.
                var digit = Array.FindIndex(bytes, at, b => char.IsAsciiDigit((char)b));
                if (digit < 0)
                    return bytes[..at];
                return [.. bytes[..digit], .. Encoding.ASCII.GetBytes($"{random.NextUInt64() >> random.NextInt32(64)}"), .. bytes[(digit + 1)..]];
            default: // A piece takes the place of a range.
                return [.. bytes[..at], .. Pieces[random.NextInt32(Pieces.Length)], .. bytes[end..]];
        }
    }
}
