using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>
/// Where settings come from, weakest first: edgeproxy.json, EDGE__… variables, the short TELEGRAM_… names of a single-bot set-up.
/// </summary>
internal static class SettingsSource
{
    public const string DefaultFile = "edgeproxy.json";

    private static readonly (string Variable, string Key)[] ShortNames =
    [
        ("TELEGRAM_BOT_TOKEN", "Bots:0:Token"),
        ("TELEGRAM_WEBHOOK_SECRET", "Bots:0:WebhookSecret"),
        ("TELEGRAM_WEBHOOK_URL", "Bots:0:WebhookUrl"),
        ("TELEGRAM_API_ROOT", "ApiRoot"),
    ];

    /// <summary>Reads every source. A file named by the operator must exist; the default one may be absent.</summary>
    public static IConfiguration Read(string? file, ConfigErrors errors)
    {
        var builder = new ConfigurationBuilder();
        AddFile(builder, file, errors);
        builder.AddEnvironmentVariables("EDGE__");
        int bots = builder.Build().GetSection("Bots").GetChildren().Count();
        var values = new Dictionary<string, string?>();
        foreach ((string variable, string key) in ShortNames)
        {
            if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } value) continue;
            if (bots > 1 && key.StartsWith("Bots:", StringComparison.Ordinal))
            {
                string longName = "EDGE__" + key.Replace(":", "__", StringComparison.Ordinal);
                errors.Add(variable, $"speaks of one bot, but {bots} are configured; unset it and write {key} or {longName}");
                continue;
            }

            values[key] = value;
        }

        return builder.AddInMemoryCollection(values).Build();
    }

    private static void AddFile(ConfigurationBuilder builder, string? file, ConfigErrors errors)
    {
        string path = Path.GetFullPath(file ?? DefaultFile);
        if (!File.Exists(path))
        {
            if (file is not null) errors.AddFile("--config", $"there is no file \"{file}\"");
            return;
        }

        try
        {
            // Loaded here, not when all sources are built: what the JSON provider refuses (a list on top, a key given twice) is then told like
            // every other error. As text, because editors that write a byte order mark are to be borne.
            byte[] json = Encoding.UTF8.GetBytes(File.ReadAllText(path));
            IConfigurationRoot read = new ConfigurationBuilder().AddJsonStream(new MemoryStream(json)).Build();
            builder.AddConfiguration(read);
        }
        catch (JsonException exception)
        {
            errors.AddFile(file ?? DefaultFile, $"is not valid JSON: {exception.Message}");
        }
        catch (FormatException exception)
        {
            errors.AddFile(file ?? DefaultFile, (exception.InnerException ?? exception) is JsonException inner
                ? $"is not valid JSON: {inner.Message}"
                : $"is not a configuration: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            errors.AddFile(file ?? DefaultFile, $"cannot be read: {exception.Message}");
        }
    }
}
