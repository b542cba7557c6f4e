using Warp.Transformers;

namespace Warp.Snippets;

internal static class PretrainedTokenizers
{
    public static void Run(string folder)
    {
        #region tokenizer
        var tokenizer = PretrainedTokenizer.Load(folder);
        var prompt = tokenizer.Prompt("Once upon a time"); // the start token, if the tokenizer puts one, and the ids of the text
        Console.WriteLine(tokenizer.Decode(prompt.TokenIds));

        var dialogue = tokenizer.Chat([ChatMessage.User("Tell me a story.")]); // written by the folder's chat template
        Console.WriteLine(dialogue.Text);
        #endregion
    }
}
