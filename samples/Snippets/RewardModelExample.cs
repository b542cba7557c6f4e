using Warp.Transformers;

namespace Warp.Snippets;

internal static class RewardModelExample
{
    public static void Run()
    {
        #region reward
        using var language = CausalLmPolicy.FromPretrained("language-model");
        using var model = SequenceClassifierRewardModel.FromDecoder(language.Decoder, language.Tokenizer, new RandomStream(key: 1));

        var pairs = PreferencePair.Load("preferences.jsonl"); // or LabelledText.Load, TrainOnLabels and EvaluateOnLabels
        var options = new RewardTrainingOptions { Epochs = 2, LearningRate = 1e-5 };
        RewardTraining.TrainOnPreferences(model, [.. pairs.Skip(500)], new RandomStream(key: 2), options);
        Console.WriteLine(RewardTraining.EvaluateOnPreferences(model, [.. pairs.Take(500)])); // 0.712 [0.671, 0.750] of 500

        model.SavePretrained("reward-model", tokenizerFrom: "language-model");
        using var again = SequenceClassifierRewardModel.FromPretrained("reward-model"); // as an IRewardModel: catalog.AddReward(again)
        #endregion
    }
}
