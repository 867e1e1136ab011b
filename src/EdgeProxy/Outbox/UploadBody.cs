using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// A call with files: multipart/form-data, each parameter a part of its own, each file streamed from disk under the name that attach:// refers to.
/// It can be made again as long as the files are there.
/// </summary>
/// <param name="parameters">One JSON object.</param>
/// <param name="uploads">The files.</param>
/// <param name="folder">Where they lie.</param>
/// <param name="chatId">Replaces chat_id after a migration; 0 leaves it.</param>
internal sealed class UploadBody(ReadOnlyMemory<byte> parameters, IReadOnlyList<StoredUpload> uploads, string folder, long chatId = 0) : CallBody
{
    public override CallEncoding Encoding => CallEncoding.Multipart;
    public override bool CanResend => true;

    /// <summary>All files are there with the length they had.</summary>
    public bool IsComplete()
    {
        foreach (StoredUpload upload in uploads)
        {
            FileInfo file = new(Path.Combine(folder, upload.Path));
            if (!file.Exists || file.Length != upload.Bytes) return false;
        }

        return true;
    }

    public override HttpContent CreateContent()
    {
        MultipartContent content = new("form-data");
        AddParameters(content);
        foreach (StoredUpload upload in uploads)
        {
            FileStream file = new(Path.Combine(folder, upload.Path), FileMode.Open, FileAccess.Read, FileShare.Read, 4096, FileOptions.Asynchronous);
            StreamContent part = new(file);
            if (MediaTypeHeaderValue.TryParse(upload.ContentType, out MediaTypeHeaderValue? type)) part.Headers.ContentType = type;
            Add(content, part, upload.Part, upload.FileName);
        }

        return content;
    }

    public override CallBody WithChatId(long newChatId) => new UploadBody(parameters, uploads, folder, newChatId);

    // The Bot API takes objects and numbers of a form as the JSON text of their value, strings as they are.
    private void AddParameters(MultipartContent content)
    {
        Utf8JsonReader reader = new(parameters.Span);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString() ?? "";
            reader.Read();
            string value;
            if (reader.TokenType == JsonTokenType.String)
            {
                value = reader.GetString() ?? "";
            }
            else
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                value = System.Text.Encoding.UTF8.GetString(parameters.Span[start..(int)reader.BytesConsumed]);
            }

            if (chatId != 0 && name == "chat_id") value = chatId.ToString(CultureInfo.InvariantCulture);
            Add(content, new StringContent(value), name, null);
        }
    }

    // As browsers write it (WHATWG HTML, multipart/form-data encoding): UTF-8 as it is, which the header type takes as Latin-1, and %-escapes for what
    // would end the quoted name. .NET's own way throws at a quote and writes other letters as RFC 2047 words, which no Bot API server decodes.
    private static void Add(MultipartContent content, HttpContent part, string name, string? fileName)
    {
        string disposition = $"form-data; name=\"{Quotable(name)}\"";
        if (fileName is not null) disposition += $"; filename=\"{Quotable(fileName)}\"";
        part.Headers.TryAddWithoutValidation("Content-Disposition", System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(disposition)));
        content.Add(part);
    }

    private static string Quotable(string text)
    {
        if (!text.Any(letter => letter == '"' || char.IsControl(letter))) return text;
        return string.Concat(text.Select(letter => letter switch
        {
            '"' => "%22",
            _ when char.IsControl(letter) => "_",
            _ => letter.ToString(),
        }));
    }
}
