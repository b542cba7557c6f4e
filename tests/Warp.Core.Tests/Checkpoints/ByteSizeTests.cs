namespace Warp.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("5GB", 5_000_000_000)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("0.1 gb", 100_000_000)]
    [InlineData(" 2 TiB ", 2_199_023_255_552)]
    [InlineData("5G", 5_000_000_000)]
    [InlineData("500m", 500_000_000)]
    [InlineData("2 K", 2_000)]
    [InlineData("1T", 1_000_000_000_000)]
    [InlineData("7B", 7)]
    [InlineData("1.9KB", 1900)]
    [InlineData("1.9999KB", 1999)]
    [InlineData("9223372036854775807B", long.MaxValue)]
    public void Sizes_are_read(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("0GB")]
    [InlineData("0.5B")]
    [InlineData("-1GB")]
    [InlineData("1,5GB")]
    [InlineData("1e9")]
    [InlineData("NaN")]
    [InlineData("5XB")]
    [InlineData("9223372036854775808B")]
    [InlineData("99999999999TB")]
    [InlineData("79228162514264337593543950335TB")]
    public void What_is_no_size_is_refused_with_examples(string text) =>
        Assert.Contains("such as 5GB", Assert.Throws<FormatException>(() => ByteSize.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("7")]
    [InlineData("0.5")]
    public void A_number_alone_is_refused(string text) =>
        Assert.Equal($"'{text}' has no unit; write it with one, such as 5GB, 500MB or 1.5GiB.", Assert.Throws<FormatException>(() => ByteSize.Parse(text)).Message);
}
