using System.Text.Json;
using Warp.Transformers;

namespace Warp.Tests;

/// <summary>Templates of our own in the manners of the common ones; what they must write is written out.</summary>
public class ChatTemplateTests
{
    private const string Llama3 = """
        {% for message in messages %}
            {%- set header = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' %}
            {%- set turn = header + message['content'] | trim + '<|eot_id|>' %}
            {%- if loop.index0 == 0 %}
                {%- set turn = bos_token + turn %}
            {%- endif %}
            {{- turn }}
        {%- endfor %}
        {%- if add_generation_prompt %}
            {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
        {%- endif %}
        """;

    private const string ChatMl = """
        {% if messages[0].role != 'system' %}{{ '<|im_start|>system\nBe helpful.<|im_end|>\n' }}{% endif %}
        {% for message in messages %}
        {{'<|im_start|>' ~ message.role ~ '\n' ~ message.content ~ '<|im_end|>' ~ '\n'}}
        {%- endfor %}
        {% if add_generation_prompt %}
        {{ '<|im_start|>assistant\n' }}
        {%- endif %}
        """;

    private const string Gemma = """
        {{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
        {%- for message in messages -%}
        {% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}
        {% set role = 'model' if message['role'] == 'assistant' else message['role'] %}
        {{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}
        {%- endfor -%}
        {% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}
        """;

    private const string Mistral = """
        {%- if messages[0]["role"] == "system" %}
            {%- set system_message = messages[0]["content"] %}
            {%- set turns = messages[1:] %}
        {%- else %}
            {%- set turns = messages %}
        {%- endif %}
        {%- set users = turns | selectattr("role", "equalto", "user") | list %}
        {%- set ns = namespace(index=0) %}
        {%- for message in turns if message.role in ["user", "assistant"] %}
            {%- if (message["role"] == "user") != (ns.index is even) %}
                {{- raise_exception("Roles must alternate user/assistant") }}
            {%- endif %}
            {%- set ns.index = ns.index + 1 %}
        {%- endfor %}
        {{- bos_token }}
        {%- for message in turns %}
            {%- if message["role"] == "user" %}
                {%- if message == users[-1] and system_message is defined %}
                    {{- "[INST] " + system_message + "\n\n" + message["content"] + "[/INST]" }}
                {%- else %}
                    {{- "[INST] " + message["content"] + "[/INST]" }}
                {%- endif %}
            {%- elif message["role"] == "assistant" %}
                {{- " " + message["content"]|trim + eos_token }}
            {%- else %}
                {{- raise_exception("Unknown role " ~ message.role) }}
            {%- endif %}
        {%- endfor %}
        """;

    private const string Llama2 = """
        {% if messages[0]['role'] == 'system' %}{% set rest = messages[1:] %}{% set system = messages[0]['content'] %}{% else %}{% set rest = messages %}{% set system = false %}{% endif %}
        {% for message in rest %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}
        {%- if loop.index0 == 0 and system != false %}{% set content = '<<SYS>>\n' + system + '\n<</SYS>>\n\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}
        {%- if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}
        {%- endfor %}
        """;

    private static readonly ChatMessage System = ChatMessage.System("Be brief.");
    private static readonly ChatMessage First = ChatMessage.User(" Hello! ");
    private static readonly ChatMessage Answer = ChatMessage.Assistant("Hi there");
    private static readonly ChatMessage Second = ChatMessage.User("Bye");

    public static TheoryData<string, ChatMessage[], bool, string> Dialogues { get; } = new()
    {
        {
            Llama3, [System, First], true,
            "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHello!<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n"
        },
        {
            Llama3, [First, Answer], false,
            "<s><|start_header_id|>user<|end_header_id|>\n\nHello!<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi there<|eot_id|>"
        },
        { ChatMl, [First], true, "<|im_start|>system\nBe helpful.<|im_end|>\n<|im_start|>user\n Hello! <|im_end|>\n<|im_start|>assistant\n" },
        {
            ChatMl, [System, First, Answer], false,
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hello! <|im_end|>\n<|im_start|>assistant\nHi there<|im_end|>\n"
        },
        {
            Gemma, [First, Answer, Second], true,
            "<s><start_of_turn>user\nHello!<end_of_turn>\n<start_of_turn>model\nHi there<end_of_turn>\n<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n"
        },
        { Mistral, [First, Answer, Second], true, "<s>[INST]  Hello! [/INST] Hi there</s>[INST] Bye[/INST]" },
        { Mistral, [System, First, Answer, Second], true, "<s>[INST]  Hello! [/INST] Hi there</s>[INST] Be brief.\n\nBye[/INST]" },
        { Llama2, [System, First, Answer, Second], true, "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hello! [/INST] Hi there </s><s>[INST] Bye [/INST]" },
        { Llama2, [First], false, "<s>[INST] Hello! [/INST]" },
    };

    public static TheoryData<string, ChatMessage[], string> Refusals { get; } = new()
    {
        { Gemma, [System, First], "(system, user): System role not supported" },
        { Gemma, [First, Second], "(user, user): Roles must alternate" },
        { Mistral, [First, Second], "(user, user): Roles must alternate user/assistant" },
        { Mistral, [Answer], "(assistant): Roles must alternate user/assistant" },
        { Mistral, [First, new("critic", "no")], "(user, critic): Unknown role critic" },
        { Llama2, [Answer], "(assistant): Conversation roles must alternate" },
    };

    [Theory]
    [MemberData(nameof(Dialogues))]
    public void Dialogues_are_written_as_the_template_says(string template, ChatMessage[] messages, bool answer, string expected)
    {
        using var files = Files(template);
        Assert.Equal(expected, ChatTemplate.Load(files.Path).Apply(messages, answer));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Dialogues_that_the_template_refuses_are_refused_in_its_words(string template, ChatMessage[] messages, string words)
    {
        using var files = Files(template);
        var refusal = Assert.Throws<ArgumentException>(() => ChatTemplate.Load(files.Path).Apply(messages));
        Assert.Contains($"refuses the messages {words}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_have_the_ids_of_the_text_and_one_start_token()
    {
        using var files = Files("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}")
            .WithBpe(["a", "b", "<s>"], [], added: """[{"id":2,"content":"<s>","special":true,"normalized":false}]""");
        var prompt = files.Load().Chat([ChatMessage.User("ab"), ChatMessage.Assistant("a")]);
        Assert.Equal("<s>aba", prompt.Text);
        Assert.Equal([2, 0, 1, 0], prompt.TokenIds);
    }

    [Fact]
    public void The_file_goes_before_the_configuration_and_the_default_before_the_others()
    {
        using var files = new TokenizerFiles().WithBpe(["a"], []).With(
            "tokenizer_config.json", """{"chat_template":[{"name":"rag","template":"rag"},{"name":"default","template":"default"}]}""");
        Assert.Equal("default", ChatTemplate.Load(files.Path).Apply([First]));
        files.With("chat_template.jinja", "file");
        Assert.Equal("file", ChatTemplate.Load(files.Path).Apply([First]));
    }

    [Fact]
    public void A_folder_may_have_no_template_or_none_that_is_the_default()
    {
        using var files = new TokenizerFiles().WithBpe(["a"], []);
        Assert.Contains("there is no chat template", Assert.Throws<TokenizerException>(() => ChatTemplate.Load(files.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("has no chat template", Assert.Throws<TokenizerException>(() => files.Load().Chat([First])).Message, StringComparison.Ordinal);
        files.With("tokenizer_config.json", """{"chat_template":[{"name":"rag","template":"rag"}]}""");
        Assert.Contains("none of the templates is named \"default\"", Assert.Throws<TokenizerException>(() => ChatTemplate.Load(files.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_is_not_understood_does_not_keep_the_tokenizer_from_loading()
    {
        using var files = Files("{% macro m() %}{% endmacro %}");
        var tokenizer = files.Load();
        Assert.Equal([0], tokenizer.Encode("a"));
        Assert.Contains("the statement {% macro %}, which is not supported", Assert.Throws<TokenizerException>(() => tokenizer.Chat([First])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_messages_are_no_dialogue()
    {
        using var files = Files(ChatMl);
        Assert.Throws<ArgumentException>(() => ChatTemplate.Load(files.Path).Apply([]));
    }

    private static TokenizerFiles Files(string template) => new TokenizerFiles().WithBpe(["a"], []).With(
        "tokenizer_config.json", JsonSerializer.Serialize(new { chat_template = template, bos_token = "<s>", eos_token = "</s>" }));
}
