using System.Text.Json;
using EdgeProxy.Bots;
using EdgeProxy.Fanout;
using EdgeProxy.Ingest;
using EdgeProxy.Primitives;
using Microsoft.Extensions.Configuration;

namespace EdgeProxy.Configuration;

/// <summary>A subscription as the API takes it: the keys of Bots:n:Subscriptions:m in snake case, read by the same rules.</summary>
internal static class SubscriptionForm
{
    private static readonly (string Field, string Key)[] Fields =
    [
        ("url", "Url"), ("secret", "Secret"), ("kinds", "Kinds"), ("chat_types", "ChatTypes"), ("commands", "Commands"),
        ("except_commands", "ExceptCommands"), ("max_in_flight", "MaxInFlight"), ("timeout_ms", "TimeoutMs"), ("start_from", "StartFrom"),
    ];

    /// <inheritdoc cref="SubscriptionReading"/>
    public static Subscription? Read(Bot bot, string name, long number, string json, out Problem? problem)
    {
        if (bot.Mode == IngestMode.Off) return Refuse(out problem, "bot", "has Mode off in the configuration: EdgeProxy takes no updates of it");
        if (!Subscription.IsName(name)) return Refuse(out problem, "name", SubscriptionReader.NameAdvice(name));
        var values = new Dictionary<string, string?>();
        var seen = new HashSet<string>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return Refuse(out problem, null, "the body must be a JSON object");
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                string? key = Fields.FirstOrDefault(pair => pair.Field == property.Name).Key;
                if (key is null) return Refuse(out problem, property.Name, "is not a field; " + string.Join(", ", Fields.Select(pair => pair.Field)) + " are");
                if (!seen.Add(key)) return Refuse(out problem, property.Name, "is there twice");
                if (!TryAdd(values, key, property.Value)) return Refuse(out problem, property.Name, "must be a text, not empty, a number or a list of texts");
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The second: a text that is not Unicode.
            return Refuse(out problem, null, "the body is not valid JSON");
        }

        var errors = new ConfigErrors();
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        Subscription subscription = SubscriptionReader.Read(new ConfigNode(configuration, "", errors), bot, name, number, errors);
        problem = null;
        if (errors.Lines.Count == 0) return subscription;
        string[] line = errors.Lines[0].Split(": ", 2);
        return Refuse(out problem, Fields.FirstOrDefault(pair => pair.Key == line[0]).Field, line[1]);
    }

    private static bool TryAdd(Dictionary<string, string?> values, string key, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return true;
            case JsonValueKind.String or JsonValueKind.Number:
                values[key] = value.ToString();
                return values[key]!.Length > 0;
            case JsonValueKind.Array:
                int index = 0;
                foreach (JsonElement item in value.EnumerateArray())
                {
                    if (item.ValueKind != JsonValueKind.String) return false;
                    values[$"{key}:{index++}"] = item.GetString();
                }

                return true;
            default:
                return false;
        }
    }

    private static Subscription? Refuse(out Problem? problem, string? field, string detail)
    {
        // The name of an unknown field is the caller's; it is told back, but not at length.
        if (field?.Length > Limits.MethodCharsMax) field = field[..Limits.MethodCharsMax];
        problem = new Problem(StatusCodes.Status400BadRequest, "Invalid subscription", detail, field);
        return null;
    }
}
