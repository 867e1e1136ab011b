using System.Globalization;
using System.Text;
using System.Text.Json;
using EdgeProxy.BotApi;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Bench.Subjects;

/// <summary>Whom a call addresses, found in each encoding: as EdgeProxy does, and by the framework's own reader of that encoding.</summary>
internal static class ChatIdScan
{
    private const string Boundary = "edge-bench-boundary";
    private const string Text = "Ваш заказ № 4120 собран и ждёт вас до 21:00. Код получения: 7712. Спасибо, что вы с нами!";
    private static readonly ApiMethod SendMessage = ApiMethod.Of("sendMessage");
    private static readonly ApiMethod SendPhoto = ApiMethod.Of("sendPhoto");

    /// <summary>A message with a keyboard, as a framework writes it.</summary>
    public static byte[] JsonBody { get; } = Encoding.UTF8.GetBytes(
        $$$"""
        {"chat_id":-1002123456789,"text":"{{{Text}}}","parse_mode":"HTML","reply_markup":{"inline_keyboard":[[{"text":"Принять","callback_data":"a:1"}]]}}
        """);

    public static byte[] FormBody { get; } = Encoding.UTF8.GetBytes($"chat_id=-1002123456789&text={Uri.EscapeDataString(Text)}&parse_mode=HTML");

    /// <summary>A photo of 64 KiB behind its fields.</summary>
    public static byte[] MultipartBytes { get; } = MakeMultipart(64 * 1024);

    public static long EdgeJson() => CallScan.Json(SendMessage, JsonBody).Chat.Id;

    public static long DocumentJson()
    {
        using JsonDocument document = JsonDocument.Parse(JsonBody.AsMemory());
        return document.RootElement.GetProperty("chat_id"u8).GetInt64();
    }

    public static long EdgeForm() => CallScan.Form(SendMessage, FormBody).Chat.Id;

    public static long ReaderForm()
    {
        using var reader = new FormReader(new MemoryStream(FormBody));
        Dictionary<string, StringValues> form = reader.ReadForm();
        return long.Parse(form["chat_id"].ToString(), CultureInfo.InvariantCulture);
    }

    public static long EdgeMultipart()
    {
        var scan = new MultipartScan(SendPhoto, Boundary, default, null);
        scan.Feed(MultipartBytes);
        if (scan.Place != MultipartPlace.End) throw new InvalidOperationException("the body is not whole");
        return scan.Fields.Chat.Id;
    }

    /// <summary>Nothing here ever waits: the body is in memory.</summary>
    public static long ReaderMultipart() => ReadMultipartAsync().GetAwaiter().GetResult();

    private static async Task<long> ReadMultipartAsync()
    {
        var reader = new MultipartReader(Boundary, new MemoryStream(MultipartBytes));
        long chat = 0;
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            if (section.AsFormDataSection() is { Name: "chat_id" } field) chat = long.Parse(await field.GetValueAsync(), CultureInfo.InvariantCulture);
        }

        return chat;
    }

    private static byte[] MakeMultipart(int fileBytes)
    {
        var body = new MemoryStream();
        foreach ((string name, string value) in new[] { ("chat_id", "-1002123456789"), ("caption", Text) })
        {
            body.Write(Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
        }

        body.Write(Encoding.UTF8.GetBytes(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n"));
        byte[] file = new byte[fileBytes];
        new Random(1).NextBytes(file);
        body.Write(file);
        body.Write(Encoding.UTF8.GetBytes($"\r\n--{Boundary}--\r\n"));
        return body.ToArray();
    }
}
