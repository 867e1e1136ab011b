using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EdgeProxy.Admin;

/// <summary>Writes JSON of the room: inputs of steps, and jobs as they are shown.</summary>
internal static class AdminJson
{
    /// <summary>Non-ASCII text stays as it is.</summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One object whose members <paramref name="write"/> writes.</summary>
    public static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static string Text(Action<Utf8JsonWriter> write) => Encoding.UTF8.GetString(Bytes(write));

    /// <summary>The members of a job.</summary>
    public static void WriteJob(Utf8JsonWriter json, AdminJob job)
    {
        json.WriteString("id", job.Id.ToString());
        json.WriteString("kind", AdminNames.Of(job.Kind));
        json.WriteString("state", AdminNames.Of(job.State));
        json.WriteString("account", job.Account);
        if (job.Chat is null) json.WriteNull("chat_id");
        else if (long.TryParse(job.Chat, out long number)) json.WriteNumber("chat_id", number);
        else json.WriteString("chat_id", job.Chat);
        json.WriteString("created_at", DateTimeOffset.FromUnixTimeMilliseconds(job.CreatedUnixMs));
        json.WriteString("updated_at", DateTimeOffset.FromUnixTimeMilliseconds(job.UpdatedUnixMs));
        if (job.RetryAtUnixMs > 0) json.WriteString("retry_at", DateTimeOffset.FromUnixTimeMilliseconds(job.RetryAtUnixMs));
        else json.WriteNull("retry_at");
        if (job.CancelAsked && job.IsOpen) json.WriteBoolean("cancel_asked", true);
        if (job.Kind == JobKind.SendFile && UploadProgress.Read(job.Steps[0].Memo) is { } progress)
        {
            json.WriteStartObject("progress");
            json.WriteNumber("bytes", progress.Bytes);
            json.WriteNumber("total", progress.Total);
            json.WriteEndObject();
        }

        json.WriteStartArray("steps");
        foreach (AdminStep step in job.Steps) WriteStep(json, step);
        json.WriteEndArray();
    }

    private static void WriteStep(Utf8JsonWriter json, AdminStep step)
    {
        json.WriteStartObject();
        json.WriteNumber("step", step.Number);
        json.WriteString("kind", AdminNames.Of(step.Kind));
        json.WriteString("target", step.Target);
        json.WriteString("state", AdminNames.Of(step.State));
        json.WriteNumber("attempts", step.Attempts);
        WriteRaw(json, "result", step.Result);
        WriteRaw(json, "error", step.Error);
        json.WriteEndObject();
    }

    private static void WriteRaw(Utf8JsonWriter json, string name, string? raw)
    {
        json.WritePropertyName(name);
        if (raw is null) json.WriteNullValue();
        else json.WriteRawValue(raw);
    }
}
