namespace Warp.Transformers;

/// <summary>Refuses what does not fit the model, before any work is done.</summary>
internal static class PolicyInput
{
    internal static void Check(IReadOnlyList<Prompt> prompts, int maxNewTokens, DecoderConfig config)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Count == 0)
            throw new ArgumentException("There are no prompts; give at least one.", nameof(prompts));
        for (var i = 0; i < prompts.Count; i++)
        {
            var prompt = prompts[i] ?? throw new ArgumentException($"Prompt {i} is null.", nameof(prompts));
            CheckVocabulary(prompt.TokenIds, config, $"prompt {i}, \"{prompt.Text}\",", nameof(prompts));
            // Widened, so that a MaxNewTokens near int.MaxValue is refused and not wrapped around.
            if ((long)prompt.TokenIds.Count + maxNewTokens > config.MaxPositions)
            {
                throw new ArgumentException(
                    $"Prompt {i}, \"{prompt.Text}\", has {prompt.TokenIds.Count} tokens; with {nameof(SamplingOptions.MaxNewTokens)} = {maxNewTokens} "
                    + $"that is {(long)prompt.TokenIds.Count + maxNewTokens} positions, and the model has {config.MaxPositions}. Shorten the prompt or lower "
                    + $"{nameof(SamplingOptions.MaxNewTokens)} to {Math.Max(0, config.MaxPositions - prompt.TokenIds.Count)}.",
                    nameof(prompts));
            }
        }
    }

    internal static void Check(IReadOnlyList<Rollout> rollouts, double temperature, DecoderConfig config)
    {
        ArgumentNullException.ThrowIfNull(rollouts);
        if (rollouts.Count == 0)
            throw new ArgumentException("There are no rollouts; give at least one.", nameof(rollouts));
        if (!double.IsFinite(temperature) || temperature <= 0)
        {
            throw new ArgumentException(
                $"The temperature is {temperature}; to score it must be finite and above 0. Give the one that the completions were sampled at "
                + "(greedy decoding, temperature 0, has no probabilities).",
                nameof(temperature));
        }

        for (var i = 0; i < rollouts.Count; i++)
        {
            var (prompt, completion) = rollouts[i] ?? throw new ArgumentException($"Rollout {i} is null.", nameof(rollouts));
            CheckVocabulary(prompt.TokenIds, config, $"the prompt of rollout {i}, \"{prompt.Text}\",", nameof(rollouts));
            CheckVocabulary(completion.TokenIds, config, $"the completion of rollout {i}, \"{completion.Text}\",", nameof(rollouts));
            var length = prompt.TokenIds.Count + completion.TokenIds.Count;
            if (length > config.MaxPositions)
            {
                throw new ArgumentException(
                    $"Rollout {i}, prompt \"{prompt.Text}\", has {prompt.TokenIds.Count} + {completion.TokenIds.Count} = {length} tokens, and the model has "
                    + $"{config.MaxPositions} positions. Shorten it, or take a model with greater {nameof(DecoderConfig.MaxPositions)}.",
                    nameof(rollouts));
            }
        }
    }

    internal static void Check(ITokenizer tokenizer, DecoderConfig config)
    {
        CheckVocabulary([tokenizer.PadTokenId], config, $"the tokenizer's {nameof(ITokenizer.PadTokenId)}", nameof(tokenizer));
        CheckVocabulary(tokenizer.EndTokenIds, config, $"the tokenizer's {nameof(ITokenizer.EndTokenIds)}", nameof(tokenizer));
    }

    internal static void CheckVocabulary(IReadOnlyList<int> ids, DecoderConfig config, string of, string argument)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i] < 0 || ids[i] >= config.VocabularySize)
            {
                throw new ArgumentException(
                    $"Token id {i} of {of} is {ids[i]}; the model's vocabulary is 0 to {config.VocabularySize - 1}. Use the tokenizer that belongs to the model.",
                    argument);
            }
        }
    }
}
