using System.Text;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.BotApi;

/// <summary>
/// Reads a multipart/form-data body as it passes, in pieces of any size, and keeps of it only the value of one field at a time: files go by unread.
/// <code>
/// --boundary CRLF  headers CRLF CRLF  content  CRLF--boundary CRLF  …  CRLF--boundary--  whatever
/// </code>
/// Read as Telegram's server reads it (tdlib, tdnet/HttpReader.cpp): a part with the parameter filename is a file, names may be percent-encoded, a
/// part that is a form is as many fields.
/// Stricter where that server guesses: nothing before the first delimiter, exactly CRLF or "--" behind one.
/// </summary>
internal sealed class MultipartScan
{
    private readonly ApiMethod _method;
    private readonly byte[] _delimiter;
    private readonly PartWitness? _witness;
    private CallFields _fields;
    private byte[] _kept = new byte[256];
    private int _keptLength;
    private byte[] _name = [];
    private byte[] _fileName = [];
    private bool _isForm;
    private long _fileBytes;
    private int _matched;
    private byte _behind;
    private bool _begun;
    private bool _chatSeen;
    private long _position;
    private long _contentAt;

    /// <param name="method">Decides which fields matter.</param>
    /// <param name="boundary">The boundary parameter of the Content-Type, unquoted, without CR and LF.</param>
    /// <param name="fields">What is known already, from the query string.</param>
    /// <param name="witness">Told of every part; null when nobody else wants to know.</param>
    public MultipartScan(ApiMethod method, string boundary, CallFields fields, PartWitness? witness)
    {
        _method = method;
        _witness = witness;
        _delimiter = Encoding.Latin1.GetBytes("\r\n--" + boundary);
        _fields = fields;
    }

    public MultipartPlace Place { get; private set; } = MultipartPlace.Start;

    /// <summary>A part with a file name has begun.</summary>
    public bool FileSeen { get; private set; }

    /// <summary>A field is longer than Limits.MultipartFieldBytesMax.</summary>
    public bool FieldTooLarge { get; private set; }

    /// <summary>Where the value of the first chat_id stands, counted from the first byte fed; null while there is none.</summary>
    public ChatIdPlace? ChatId { get; private set; }

    /// <summary>What the fields so far tell the lanes.</summary>
    public CallFields Fields => _fields;

    /// <summary>Takes the next bytes of the body, all of them.</summary>
    public void Feed(ReadOnlySpan<byte> data)
    {
        if (!_begun && !data.IsEmpty)
        {
            // The first delimiter needs no CRLF before it, but may have one.
            _begun = true;
            _matched = data[0] == '\r' ? 0 : 2;
        }

        while (!data.IsEmpty && Place is not (MultipartPlace.End or MultipartPlace.Failed))
        {
            MultipartPlace before = Place;
            int used = before switch
            {
                MultipartPlace.Delimited => Behind(data),
                MultipartPlace.Headers => Headers(data),
                _ => Content(data),
            };
            data = data[used..];
            _position += used;
            if (before == MultipartPlace.Headers) _contentAt = _position;
        }
    }

    // The delimiter has one CR and begins with it. So after a mismatch nothing of what matched can begin another match.
    private int Content(ReadOnlySpan<byte> data)
    {
        int at = 0;
        while (at < data.Length && Place != MultipartPlace.Failed)
        {
            if (_matched > 0)
            {
                if (data[at] != _delimiter[_matched])
                {
                    Keep(_delimiter.AsSpan(0, _matched));
                    _matched = 0;
                    continue;
                }

                at++;
                if (++_matched < _delimiter.Length) continue;
                EndContent();
                return at;
            }

            int whole = data[at..].IndexOf(_delimiter);
            if (whole >= 0)
            {
                Keep(data.Slice(at, whole));
                EndContent();
                return at + whole + _delimiter.Length;
            }

            // Only the tail can hold the beginning of a delimiter that goes on in the next piece.
            int tail = Math.Max(at, data.Length - _delimiter.Length + 1);
            int begin = data[tail..].IndexOf((byte)'\r');
            int end = begin < 0 ? data.Length : tail + begin;
            Keep(data[at..end]);
            at = end;
            if (begin < 0) continue;
            at++;
            _matched = 1;
        }

        return data.Length;
    }

    private void EndContent()
    {
        _matched = 0;
        if (Place == MultipartPlace.Failed) return;
        if (Place == MultipartPlace.Value) TakePart();
        if (Place == MultipartPlace.File) _witness?.File(_name, _fileName, _fileBytes);
        _keptLength = 0;
        _behind = 0;
        Place = MultipartPlace.Delimited;
    }

    private void TakePart()
    {
        ReadOnlySpan<byte> value = _kept.AsSpan(0, _keptLength);
        if (!_isForm)
        {
            TakeField(_name, value, _keptLength == 0 ? null : new ChatIdPlace(_contentAt, _keptLength));
            return;
        }

        FormPairs pairs = new(value);
        while (pairs.Next(out Range rawName, out Range rawValue))
        {
            TakeField(FormPairs.Decode(value[rawName]), FormPairs.Decode(value[rawValue]), null);
        }
    }

    private void TakeField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ChatIdPlace? place)
    {
        _fields.Take(_method, name, value);
        _witness?.Field(name, value);
        if (_chatSeen || !name.SequenceEqual("chat_id"u8)) return;
        _chatSeen = true;
        ChatId = place;
    }

    private int Behind(ReadOnlySpan<byte> data)
    {
        if (_behind == 0)
        {
            _behind = data[0];
            return 1;
        }

        Place = (_behind, data[0]) switch
        {
            ((byte)'\r', (byte)'\n') => MultipartPlace.Headers,
            ((byte)'-', (byte)'-') => MultipartPlace.End,
            _ => MultipartPlace.Failed,
        };
        return 1;
    }

    private int Headers(ReadOnlySpan<byte> data)
    {
        int at = 0;
        while (at < data.Length)
        {
            Append(data.Slice(at, 1));
            at++;
            ReadOnlySpan<byte> headers = _kept.AsSpan(0, _keptLength);
            if (headers.EndsWith("\r\n\r\n"u8))
            {
                BeginContent(headers[..^2]);
                return at;
            }

            // No header at all, or more of them than any client sends.
            if (headers.SequenceEqual("\r\n"u8) || _keptLength >= Limits.MultipartHeaderBytesMax) Place = MultipartPlace.Failed;
            if (Place == MultipartPlace.Failed) return data.Length;
        }

        return at;
    }

    private void BeginContent(ReadOnlySpan<byte> headers)
    {
        if (!PartHeaders.TryRead(headers, out _name, out byte[]? fileName, out _isForm))
        {
            Place = MultipartPlace.Failed;
            return;
        }

        _keptLength = 0;
        FileSeen |= fileName is not null;
        (_fileName, _fileBytes) = (fileName ?? [], 0);
        Place = fileName is not null ? MultipartPlace.File : MultipartPlace.Value;
    }

    private void Keep(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty) return;
        if (Place == MultipartPlace.File)
        {
            _fileBytes += content.Length;
            return;
        }

        if (Place == MultipartPlace.Value && _keptLength + content.Length <= Limits.MultipartFieldBytesMax)
        {
            Append(content);
            return;
        }

        // Something before the first delimiter, or too much of a field.
        FieldTooLarge = Place == MultipartPlace.Value;
        Place = MultipartPlace.Failed;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_keptLength + bytes.Length > _kept.Length) Array.Resize(ref _kept, Math.Max(_kept.Length * 2, _keptLength + bytes.Length));
        bytes.CopyTo(_kept.AsSpan(_keptLength));
        _keptLength += bytes.Length;
    }
}
