using System.Text;
using System.Text.Json;
using EdgeProxy.Primitives;

namespace EdgeProxy.Fanout;

/// <summary>Finds the method call in a consumer's reply body.</summary>
internal static class ReplyCall
{
    // Telegram ignores these in a webhook's reply (WebhookActor.cpp, HttpConnection.cpp), and every get*.
    private static readonly string[] Ignored = ["setwebhook", "deletewebhook", "close", "logout"];

    /// <summary>True when <paramref name="body"/> is one JSON object with a string "method" that may be executed. Never throws.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out string method)
    {
        method = "";
        ReadOnlySpan<byte> start = body.TrimStart(" \t\r\n"u8);
        if (start.IsEmpty || start[0] != (byte)'{') return false;
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Limits.JsonDepthMax });
            string? found = null;
            while (reader.Read())
            {
                if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName
                    || !reader.ValueTextEquals("method"u8)) continue;
                reader.Read();
                found = reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length <= Limits.MethodCharsMax
                    ? reader.GetString() : null;
            }

            if (found is null || !IsExecutable(found)) return false;
            method = found;
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return false; // Not JSON (or bad UTF-8 in the name): an ordinary reply of a web server.
        }
    }

    // The name becomes a part of a URL that holds the token: letters only.
    private static bool IsExecutable(string method)
    {
        if (method.Length == 0 || !Ascii.IsValid(method)) return false;
        foreach (char c in method)
        {
            if (!char.IsAsciiLetter(c)) return false;
        }

        if (method.StartsWith("get", StringComparison.OrdinalIgnoreCase)) return false;
        foreach (string name in Ignored)
        {
            if (method.Equals(name, StringComparison.OrdinalIgnoreCase)) return false;
        }

        return true;
    }
}
