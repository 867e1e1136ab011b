using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>
/// Reads a broadcast's body as it comes, with one buffer of bounded size: first what is to be sent, then chat by chat.
/// <code>
/// application/x-ndjson   {"text":"…"}\n  123\n  "@name"\n  {"chat_id":…}\n …
/// application/json       {"text":"…", "chats":[123, "@name", …]}      chats is the last member
/// </code>
/// </summary>
internal sealed class BroadcastInput(Stream body, bool lines) : IDisposable
{
    private static readonly Problem Empty = new(
        StatusCodes.Status400BadRequest, "The body is empty", "the first line is the broadcast, then one chat a line");

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(Limits.BroadcastBufferBytes);
    private int _start;
    private int _end;
    private bool _isLast;
    private long _total;
    private JsonReaderState _state;

    /// <summary>Number of the line (from 1) or, in a list, of the chat (from 0) that was read last.</summary>
    public long Place { get; private set; } = lines ? 0 : -1;

    /// <summary>How a place is named in an error.</summary>
    public string PlaceName => lines ? $"line {Place}" : $"chats[{Place}]";

    /// <summary>What is wrong with the body as a whole; nothing more is read then.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>The broadcast itself as one JSON object without chats; null when <see cref="Problem"/> says why.</summary>
    public async ValueTask<byte[]?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        if (lines)
        {
            ReadOnlyMemory<byte>? line = await NextLineAsync(Limits.CallBytesMax, cancellationToken);
            if (line is null) Problem ??= Empty;
            return line?.ToArray();
        }

        while (true)
        {
            byte[]? head = null;
            try
            {
                if (TryFindChats(out head)) return head;
            }
            catch (JsonException exception)
            {
                Problem = ApiProblems.NotJson(exception);
            }

            if (Problem is not null) return null;
            if (_isLast) return Fail(ApiProblems.Field("chats", "is missing; write the list of chats as the last member"));
            if (_end - _start >= Limits.CallBytesMax) return Fail(ApiProblems.TooLarge(Limits.CallBytesMax));
            await FillAsync(cancellationToken);
        }
    }

    /// <summary>
    /// The next chat. False at the end and after a <see cref="Problem"/>. A line that is no chat has <paramref name="wrong"/> set and the next can
    /// still be read.
    /// </summary>
    public async ValueTask<(bool Found, ChatTarget Chat, string? Wrong)> NextAsync(CancellationToken cancellationToken) =>
        lines ? await NextChatLineAsync(cancellationToken) : await NextElementAsync(cancellationToken);

    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private async ValueTask<(bool, ChatTarget, string?)> NextChatLineAsync(CancellationToken cancellationToken)
    {
        while (await NextLineAsync(Limits.BroadcastLineBytesMax, cancellationToken) is { } line)
        {
            // Blank lines are often the last thing in a file that was put together by hand.
            if (line.Span.IndexOfAnyExcept((byte)' ', (byte)'\r', (byte)'\t') < 0) continue;
            string? wrong = ReadChat(line.Span, out ChatTarget chat);
            return (true, chat, wrong);
        }

        return (false, default, null);
    }

    private static string? ReadChat(ReadOnlySpan<byte> line, out ChatTarget chat)
    {
        chat = default;
        if (!Utf8.IsValid(line)) return "is not UTF-8";
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            string? wrong = ReadChat(ref reader, out chat);
            reader.Read();
            return wrong;
        }
        catch (JsonException)
        {
            return "is not JSON; " + ChatField.Forms;
        }
    }

    // A chat, or an object with chat_id.
    private static string? ReadChat(ref Utf8JsonReader reader, out ChatTarget chat)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return ChatField.Read(ref reader, out chat);
        Utf8JsonReader ahead = reader;
        if (!ahead.Read() || !ahead.ValueTextEquals("chat_id"u8)) return ChatField.Read(ref reader, out chat);
        reader = ahead;
        reader.Read();
        string? wrong = ChatField.Read(ref reader, out chat);
        if (!reader.Read() || reader.TokenType == JsonTokenType.EndObject) return wrong;
        while (reader.TokenType != JsonTokenType.EndObject && reader.Read()) reader.TrySkip();
        return "has more members than chat_id; the message is the same for every chat";
    }

    private async ValueTask<ReadOnlyMemory<byte>?> NextLineAsync(int bytesMax, CancellationToken cancellationToken)
    {
        int scanned = 0;
        while (true)
        {
            int length = _buffer.AsSpan(_start + scanned, _end - _start - scanned).IndexOf((byte)'\n');
            if (length >= 0 || (_isLast && _end > _start))
            {
                Place++;
                var line = new ReadOnlyMemory<byte>(_buffer, _start, length >= 0 ? length + scanned : _end - _start);
                _start = length >= 0 ? _start + scanned + length + 1 : _end;
                return line;
            }

            if (_isLast || Problem is not null) return null;
            scanned = _end - _start;
            if (scanned >= bytesMax)
            {
                Place++;
                Problem = ApiProblems.Field(PlaceName, $"is over {bytesMax} bytes long; one chat stands on each line");
                return null;
            }

            await FillAsync(cancellationToken);
        }
    }

    // Looks for "chats":[ among the members of the outer object. The head is what stands before it, closed with a brace.
    private bool TryFindChats(out byte[]? head)
    {
        head = null;
        ReadOnlySpan<byte> window = _buffer.AsSpan(_start, _end - _start);
        var reader = new Utf8JsonReader(window, _isLast, new JsonReaderState(new JsonReaderOptions { MaxDepth = Limits.JsonDepthMax }));
        int memberEnd = 0;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 0 && reader.TokenType != JsonTokenType.StartObject && reader.TokenType != JsonTokenType.EndObject)
            {
                Problem = new Problem(StatusCodes.Status400BadRequest, "The body is not a JSON object", "send {\"text\": …, \"chats\": […]}");
                return false;
            }

            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("chats"u8))
            {
                memberEnd = (int)reader.BytesConsumed;
                continue;
            }

            if (!reader.Read()) return false;
            if (reader.TokenType != JsonTokenType.StartArray)
            {
                Problem = ApiProblems.Field("chats", "must be a list of chats");
                return false;
            }

            head = [.. window[..memberEnd], (byte)'}'];
            _start += (int)reader.BytesConsumed;
            _state = reader.CurrentState;
            return true;
        }

        return false;
    }

    private async ValueTask<(bool, ChatTarget, string?)> NextElementAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                if (TryReadElement(out bool found, out ChatTarget chat, out string? wrong)) return (found, chat, wrong);
            }
            catch (JsonException exception)
            {
                Problem = ApiProblems.NotJson(exception);
            }

            if (Problem is null && _end - _start >= Limits.BroadcastLineBytesMax)
            {
                Problem = ApiProblems.Field($"chats[{Place + 1}]", $"is over {Limits.BroadcastLineBytesMax} bytes long");
            }

            if (Problem is not null || _isLast) return (false, default, null);
            await FillAsync(cancellationToken);
        }
    }

    // False when the buffer ends before the element does.
    private bool TryReadElement(out bool found, out ChatTarget chat, out string? wrong)
    {
        (found, chat, wrong) = (false, default, null);
        var reader = new Utf8JsonReader(_buffer.AsSpan(_start, _end - _start), _isLast, _state);
        if (!reader.Read()) return false;
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            // Only the outer object's end may follow.
            if (!reader.Read()) return false;
            if (reader.TokenType != JsonTokenType.EndObject) Problem = ApiProblems.Field("chats", "must be the last member; move the others before it");
            else if (!_isLast) return false;
            else reader.Read();
            return true;
        }

        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            Utf8JsonReader ahead = reader;
            if (!ahead.TrySkip()) return false;
        }

        found = true;
        Place++;
        int depth = reader.CurrentDepth;
        wrong = Utf8.IsValid(reader.HasValueSequence ? [] : reader.ValueSpan) ? ReadChat(ref reader, out chat) : "is not UTF-8";
        while (reader.CurrentDepth > depth && reader.Read())
        {
        }

        _start += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
        return true;
    }

    private byte[]? Fail(Problem problem)
    {
        Problem = problem;
        return null;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        int read = await body.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _total += read;
        // Windows' editors put a byte order mark before what they save.
        if (_total == _end && _start == 0 && _buffer.AsSpan(0, _end).StartsWith("\uFEFF"u8)) _start = 3;
        _isLast = read == 0;
        if (_total > Limits.BroadcastBytesMax) Problem ??= ApiProblems.TooLarge(Limits.BroadcastBytesMax);
    }
}
