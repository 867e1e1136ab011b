using System.Text.Json;

namespace EdgeProxy.Ingest;

/// <summary>Finds the updates in an answer of getUpdates without copying or rewriting them.</summary>
internal static class PolledBatch
{
    /// <summary>The byte ranges of result's elements in <paramref name="body"/>, as they came; false when the answer has no result array.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, List<Range> updates)
    {
        updates.Clear();
        var reader = new Utf8JsonReader(body);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isResult = reader.ValueTextEquals("result"u8);
                if (!reader.Read()) return false;
                if (!isResult)
                {
                    reader.Skip();
                    continue;
                }

                if (reader.TokenType != JsonTokenType.StartArray) return false;
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    int start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    updates.Add(new Range(start, (int)reader.BytesConsumed));
                }

                return true;
            }

            return false;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
