using System.Text;
using EdgeProxy.Admin;
using EdgeProxy.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace EdgeProxy.Tests.Admin;

public sealed class MtprotoReaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-mtproto").FullName;

    [Fact]
    public void Absent_is_off() => Assert.Null(Read("{}").Settings);

    [Fact]
    public void A_bundle_is_started_with_everything_it_needs_and_no_secret_among_the_words()
    {
        string bundle = Made("sidecar.cjs", "");
        string key = Made("key", "the-key-itself");
        string hash = Made("hash", "the-hash-itself");
        (MtprotoSettings? settings, IReadOnlyList<string> errors) = Read($$"""
            {"Mtproto":{"Bundle":"{{bundle}}","Node":"/usr/bin/node","KeyFile":"{{key}}","ApiId":"7","ApiHashFile":"{{hash}}","StateDir":"{{_folder}}/s",
             "DefaultAccount":"ops","Arguments":["--test-dc","2=127.0.0.1:1"]} }
            """);
        Assert.Empty(errors);
        Assert.Equal((Path.Combine(_folder, "mtproto.sock"), "ops"), (settings!.SocketPath, settings.DefaultAccount));
        string words = string.Join(' ', settings.Command!.Words);
        Assert.Contains($"--listen unix:{_folder}/mtproto.sock --state {_folder}/s --log-level info --key-file {key}", words, StringComparison.Ordinal);
        Assert.Contains("--api-id 7 --test-dc 2=127.0.0.1:1", words, StringComparison.Ordinal);
        Assert.DoesNotContain("itself", words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_remote_one_has_a_loopback_address_and_a_secret()
    {
        string secret = Made("secret", new string('s', 24));
        (MtprotoSettings? settings, IReadOnlyList<string> errors) = Read($$"""{"Mtproto":{"Url":"http://127.0.0.1:9/","SecretFile":"{{secret}}"} }""");
        Assert.Empty(errors);
        Assert.Null(settings!.Command);
        Assert.Equal((null, new string('s', 24)), (settings.SocketPath, settings.Secret));
        Assert.DoesNotContain("ssss", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_error_is_told_at_once()
    {
        (_, IReadOnlyList<string> errors) = Read("""
            {"Mtproto":{"Bundle":"/nowhere/x.cjs","Url":"http://10.0.0.1:9/","ApiId":"0","DefaultAccount":"No","Bundel":"x"}}
            """);
        string text = string.Join('\n', errors);
        foreach (string key in (string[])["Bundle", "Url", "SecretFile", "ApiId", "KeyFile", "ApiHashFile", "DefaultAccount", "Bundel"])
        {
            Assert.Contains($"Mtproto:{key}:", text, StringComparison.Ordinal);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Made(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private (MtprotoSettings? Settings, IReadOnlyList<string> Errors) Read(string json)
    {
        var errors = new ConfigErrors();
        IConfiguration configuration = new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(json))).Build();
        MtprotoSettings? settings = MtprotoReader.Read(new ConfigNode(configuration, "", errors), _folder, LogLevel.Information, errors);
        return (settings, errors.Lines);
    }
}
