using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EdgeProxy.Outbox;

/// <summary>The parameters of one call as they are gathered. Written out sorted by name, so that their order in the request does not matter.</summary>
internal sealed class CallParameters : IDisposable
{
    /// <summary>Non-ASCII text stays as it is: Telegram reads UTF-8, and a Cyrillic letter has 2 bytes instead of 6.</summary>
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly ArrayBufferWriter<byte> _values = new(512);
    private readonly List<(string Name, int Start, int Length)> _list = [];
    private readonly Utf8JsonWriter _writer;

    public CallParameters() => _writer = new Utf8JsonWriter(_values, Options);

    public bool Has(string name)
    {
        foreach ((string Name, int Start, int Length) item in _list)
        {
            if (item.Name == name) return true;
        }

        return false;
    }

    /// <summary>Adds the value the reader stands on; false when it has half a surrogate pair.</summary>
    public bool TryAdd(string name, ref Utf8JsonReader reader)
    {
        Utf8JsonWriter writer = Begin();
        bool whole = JsonCopy.TryCopy(ref reader, writer);
        End(name);
        return whole;
    }

    public void Add(string name, long value)
    {
        Begin().WriteNumberValue(value);
        End(name);
    }

    public void Add(string name, string value)
    {
        Begin().WriteStringValue(value);
        End(name);
    }

    /// <summary>reply_parameters of a plain reply.</summary>
    public void AddReplyTo(long messageId)
    {
        Utf8JsonWriter writer = Begin();
        writer.WriteStartObject();
        writer.WriteNumber("message_id"u8, messageId);
        writer.WriteEndObject();
        End("reply_parameters");
    }

    /// <summary>All of them as one JSON object.</summary>
    public byte[] ToJson()
    {
        _list.Sort(static (one, other) => string.CompareOrdinal(one.Name, other.Name));
        var result = new ArrayBufferWriter<byte>(_values.WrittenCount + (32 * _list.Count) + 2);
        using var writer = new Utf8JsonWriter(result, Options);
        writer.WriteStartObject();
        foreach ((string name, int start, int length) in _list)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(_values.WrittenSpan.Slice(start, length), skipInputValidation: true);
        }

        writer.WriteEndObject();
        writer.Flush();
        return result.WrittenSpan.ToArray();
    }

    /// <summary>
    /// Names of the parts that the parameters refer to as attach://name: whole string values, also in arrays that are written as JSON text. Text and
    /// caption are the sender's own words and are not looked at.
    /// </summary>
    public HashSet<string> Attachments()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, int start, int length) in _list)
        {
            if (name is not ("text" or "caption")) Collect(_values.WrittenSpan.Slice(start, length), names);
        }

        return names;
    }

    public void Dispose() => _writer.Dispose();

    private static void Collect(ReadOnlySpan<byte> value, HashSet<string> names)
    {
        ReadOnlySpan<byte> mark = "\"attach://"u8;
        for (int at = value.IndexOf(mark); at >= 0; at = value.IndexOf(mark))
        {
            value = value[(at + mark.Length)..];
            int end = value.IndexOfAny((byte)'"', (byte)'\\');
            if (end > 0) names.Add(Encoding.UTF8.GetString(value[..end]));
        }
    }

    private Utf8JsonWriter Begin()
    {
        _writer.Reset();
        return _writer;
    }

    private void End(string name)
    {
        _writer.Flush();
        int total = (int)_writer.BytesCommitted;
        _list.Add((name, _values.WrittenCount - total, total));
    }
}
