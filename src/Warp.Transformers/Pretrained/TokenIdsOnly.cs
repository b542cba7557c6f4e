namespace Warp.Transformers;

/// <summary>Stands for the tokenizer of a folder that has none: the special ids are known, texts are not.</summary>
internal sealed class TokenIdsOnly(string folder, int? start, IReadOnlyList<int> ends, int pad) : ITokenizer
{
    public IReadOnlyList<int> EndTokenIds { get; } = ends;

    public int PadTokenId { get; } = pad;

    public int? StartTokenId { get; } = start;

    /// <exception cref="InvalidOperationException">Always.</exception>
    public IReadOnlyList<int> Encode(string text) => throw new InvalidOperationException(
        $"'{folder}' has no tokenizer, so a text cannot be turned into token ids. Make the prompt of ids (new Prompt(text, tokenIds)), put the model's "
        + $"tokenizer files into the folder, or give {nameof(CausalLmPolicy)}.{nameof(CausalLmPolicy.FromPretrained)} a tokenizer.");

    /// <returns>The empty text.</returns>
    public string Decode(IReadOnlyList<int> tokenIds) => "";
}
