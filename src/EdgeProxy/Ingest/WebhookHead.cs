using System.Buffers;
using System.Buffers.Text;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http;
using HttpVersion = Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpVersion;

namespace EdgeProxy.Ingest;

/// <summary>
/// The head of one webhook call, read without allocation. Kestrel's own parser says what is legal HTTP; this class says what is plain: POST to a bot's
/// path, HTTP/1.1, the bot's secret, one Host, one Content-Length within the bound, and nothing that changes how the body or the connection is read.
/// </summary>
internal sealed class WebhookHead(BotRegistry bots)
{
    /// <summary>What <see cref="Read"/> returns when more bytes are needed.</summary>
    public const int Incomplete = 0;

    /// <summary>What <see cref="Read"/> returns for anything but a plain webhook call.</summary>
    public const int NotPlain = -1;

    private static ReadOnlySpan<byte> Start => "POST /telegram/webhook/"u8;
    private static readonly HttpParser<Sink> Parser = new(showErrorDetails: false);
    private int _hosts;
    private int _lengths;
    private int _secrets;
    private bool _isOdd;

    public Bot? Bot { get; private set; }

    /// <summary>Content-Length, bytes.</summary>
    public int BodyBytes { get; private set; }

    /// <summary>Bytes of the head at the beginning of <paramref name="buffer"/>, <see cref="Incomplete"/> or <see cref="NotPlain"/>.</summary>
    public int Read(in ReadOnlySequence<byte> buffer)
    {
        ReadOnlySpan<byte> first = buffer.FirstSpan;
        int known = Math.Min(first.Length, Start.Length);
        if (!first[..known].SequenceEqual(Start[..known])) return NotPlain;
        (Bot, BodyBytes, _hosts, _lengths, _secrets, _isOdd) = (null, 0, 0, 0, 0, false);
        SequenceReader<byte> reader = new(buffer);
        try
        {
            int part = buffer.Length > Limits.WebhookHeadBytesMax ? NotPlain : Incomplete;
            if (!Parser.ParseRequestLine(new Sink(this), ref reader)) return part;
            if (Bot is null || _isOdd) return NotPlain;
            if (!Parser.ParseHeaders(new Sink(this), ref reader)) return part;
        }
        catch (Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            return NotPlain;
        }

        bool isAdmitted = Bot.Secret.IsEmpty || _secrets == 1;
        return _isOdd || !isAdmitted || _hosts != 1 || _lengths != 1 ? NotPlain : (int)reader.Consumed;
    }

    private void OnStart(HttpVersionAndMethod line, TargetOffsetPathLength target, ReadOnlySpan<byte> text)
    {
        _isOdd = line.Version != HttpVersion.Http11 || target.IsEncoded || !text.StartsWith(Start);
        if (_isOdd) return;
        ReadOnlySpan<byte> name = text[Start.Length..(target.Offset + target.Length)];
        Span<char> characters = stackalloc char[Limits.BotNameCharsMax];
        if (name.Length <= characters.Length && Ascii.ToUtf16(name, characters, out int length) == OperationStatus.Done) Bot = bots.Find(characters[..length]);
        _isOdd = Bot?.Mode != IngestMode.Webhook;
    }

    private void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        switch (name.Length)
        {
            case 4 when Ascii.EqualsIgnoreCase(name, "Host"u8):
                _hosts++;
                break;
            case 6 when Ascii.EqualsIgnoreCase(name, "Expect"u8):
            case 7 when Ascii.EqualsIgnoreCase(name, "Upgrade"u8):
            case 17 when Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8):
                _isOdd = true;
                break;
            case 10 when Ascii.EqualsIgnoreCase(name, "Connection"u8):
                _isOdd |= !Ascii.EqualsIgnoreCase(value, "keep-alive"u8);
                break;
            case 14 when Ascii.EqualsIgnoreCase(name, "Content-Length"u8):
                _lengths++;
                _isOdd |= !Utf8Parser.TryParse(value, out int bytes, out int read) || read != value.Length || value[0] is not (>= (byte)'0' and <= (byte)'9')
                    || bytes is 0 or > Limits.UpdateBytesMax;
                BodyBytes = _isOdd ? 0 : bytes;
                break;
            case 31 when Ascii.EqualsIgnoreCase(name, SecretToken.HeaderBytes):
                _secrets++;
                _isOdd |= !SecretToken.MatchesRaw(Bot!.Secret.Span, value);
                break;
        }
    }

    // A struct, so that the parser is compiled for it and calls straight.
    private readonly struct Sink(WebhookHead head) : IHttpRequestLineHandler, IHttpHeadersHandler
    {
        public void OnStartLine(HttpVersionAndMethod versionAndMethod, TargetOffsetPathLength targetPath, Span<byte> startLine) =>
            head.OnStart(versionAndMethod, targetPath, startLine);

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => head.OnHeader(name, value);

        public void OnHeadersComplete(bool endStream)
        {
        }

        public void OnStaticIndexedHeader(int index)
        {
        }

        public void OnStaticIndexedHeader(int index, ReadOnlySpan<byte> value)
        {
        }
    }
}
