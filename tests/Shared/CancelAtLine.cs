using System.Text;

namespace Warp.Tests;

/// <summary>Cancels once a line with the given words is written.</summary>
internal sealed class CancelAtLine(string words, CancellationTokenSource cancel) : TextWriter
{
    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
    }

    public override void WriteLine(string? value)
    {
        if (value?.Contains(words, StringComparison.Ordinal) == true)
            cancel.Cancel();
    }
}
