namespace Warp.Transformers;

/// <summary>Reads the <c>model</c> of a tokenizer file.</summary>
internal static class BpeReader
{
    /// <summary>Reads it.</summary>
    /// <exception cref="TokenizerException">It is malformed or not supported.</exception>
    internal static BpeModel Read(Setting setting)
    {
        if (setting.Find("type") is { } type && type.Text() != "BPE")
            throw type.Refused($"the model {type.Shown()} is not supported; BPE is.");
        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (setting.Find(affix) is { } value && value.Text().Length > 0)
                throw value.Refused($"it is {value.Shown()}, which is not supported; null is.");
        }

        if (setting.Number("dropout") != 0)
            throw setting.Need("dropout").Refused($"it is {setting.Need("dropout").Shown()}: the ids of a text would be random. Only null and 0 are supported.");
        var vocabulary = ReadVocabulary(setting.Need("vocab"));
        int? unknown = null;
        if (setting.Find("unk_token") is { } named)
            unknown = vocabulary.TryGetValue(named.Text(), out var id) ? id : throw named.Refused($"the vocabulary lacks {named.Shown()}.");
        var settings = new BpeSettings(
            unknown, setting.Flag("fuse_unk", absent: false), setting.Flag("byte_fallback", absent: false), setting.Flag("ignore_merges", absent: false));
        return new BpeModel(setting.Place, vocabulary, ReadMerges(setting.Need("merges"), vocabulary), settings);
    }

    private static Dictionary<string, int> ReadVocabulary(Setting setting)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new Dictionary<int, string>();
        foreach (var (token, value) in setting.Members())
        {
            var id = value.Id();
            if (!tokens.TryAdd(id, token))
                throw setting.Refused($"the tokens \"{tokens[id]}\" and \"{token}\" have one id, {id}.");
            if (token.Contains(BpeModel.Space))
                throw setting.Refused($"the token with id {id} has the character U+FFFE, which is not supported.");
            vocabulary[token] = id;
        }

        return vocabulary.Count > 0 ? vocabulary : throw setting.Refused("it is empty.");
    }

    // Both forms: "a b" and ["a", "b"].
    private static IEnumerable<(string Left, string Right)> ReadMerges(Setting setting, Dictionary<string, int> vocabulary)
    {
        foreach (var item in setting.Items())
        {
            if (item.IsText && item.Text().StartsWith("#version", StringComparison.Ordinal))
                continue;
            var pair = item.IsList ? item.Texts() : item.Text().Split(' ');
            if (pair is not [{ Length: > 0 } left, { Length: > 0 } right])
                throw item.Refused($"it is {item.Shown()}; two tokens are expected, \"a b\" or [\"a\", \"b\"].");
            if (Array.Find([left, right, left + right], token => !vocabulary.ContainsKey(token)) is { } missing)
                throw item.Refused($"it is {item.Shown()}, but the vocabulary lacks \"{missing}\".");
            yield return (left, right);
        }
    }
}
