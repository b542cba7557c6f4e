namespace Warp.Tests;

public sealed class ModelCardTests
{
    [Fact]
    public void A_card_says_how_and_of_what_the_model_was_made()
    {
        var card = new ModelCard
        {
            Method = "slerp",
            Sources =
            [
                new("init", "org/base", [KeyValuePair.Create("model.safetensors", "00ff")]),
                new("policy 1", "a", [KeyValuePair.Create("model-00001-of-00002.safetensors", "01"), KeyValuePair.Create("model-00002-of-00002.safetensors", "02")]),
                new("policy 2", "a", []),
            ],
            Lambda = 0.5,
            Eta = 0.3,
            Granularity = "layer",
            TypeName = "BF16",
            Details = [KeyValuePair.Create("angle", "79°")],
        };
        Assert.Equal(
            """
            ---
            base_model:
            - "org/base"
            library_name: "transformers"
            tags:
            - merge
            - warp
            ---

            # Merged model

            Made with Warp.Core by WARP ([arXiv 2406.16768](https://arxiv.org/abs/2406.16768)).

            ## Settings

            | | |
            |---|---|
            | method | slerp |
            | λ | 0.5 |
            | η | 0.3 |
            | granularity | layer |
            | dtype | BF16 |
            | angle | 79° |

            ## Sources, in order

            | role | model | file | SHA-256 |
            |---|---|---|---|
            | init | org/base | model.safetensors | 00ff |
            | policy 1 | a | model-00001-of-00002.safetensors | 01 |
            | policy 1 | a | model-00002-of-00002.safetensors | 02 |
            | policy 2 | a |  |  |

            """.ReplaceLineEndings("\n"),
            card.ToMarkdown());
    }

    [Theory]
    [InlineData("owner/name", true)]
    [InlineData("owner-1/name_2.B", true)]
    [InlineData("name", false)]
    [InlineData("/name", false)]
    [InlineData("owner/", false)]
    [InlineData("a/b/c", false)]
    [InlineData("../name x", false)]
    public void Only_what_looks_like_a_models_id_becomes_a_base_model(string name, bool isId)
    {
        var source = new ModelCardSource("init", name, []);
        Assert.Equal(isId, source.IsModelId);
        Assert.Equal(isId, new ModelCard { Method = "slerp", Sources = [source] }.ToMarkdown().Contains("base_model", StringComparison.Ordinal));
        Assert.Contains("base_model:\n- ", new ModelCard { Method = "slerp", Sources = [source with { IsModelId = true }] }.ToMarkdown(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("a\nb: c", "\"a\\u000Ab: c\"")]
    [InlineData("\"\\", "\"\\\"\\\\\"")]
    [InlineData("é😀", "\"é😀\"")]
    [InlineData("\u0085\u2028\uFEFF", "\"\\u0085\\u2028\\uFEFF\"")]
    [InlineData("---", "\"---\"")]
    [InlineData("", "\"\"")]
    public void Yaml_is_escaped(string value, string quoted) => Assert.Equal(quoted, ModelCard.Quoted(value));

    [Fact]
    public void Half_a_surrogate_pair_is_no_text_in_yaml() => Assert.Equal("\"\uFFFD\"", ModelCard.Quoted("\ud800"));

    [Fact]
    public void A_name_cannot_leave_its_cell()
    {
        var card = new ModelCard { Method = "a|b\n| c <script> `d` [e](f)", Sources = [] };
        Assert.Contains("| method | a\\|b \\| c &#60;script&#62; \\`d\\` \\[e\\](f) |\n", card.ToMarkdown(), StringComparison.Ordinal);
        Assert.DoesNotContain("base_model", card.ToMarkdown(), StringComparison.Ordinal);
    }
}
