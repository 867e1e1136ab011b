using System.Text;

namespace EdgeProxy.Tests.Outbox.Api;

/// <summary>A broadcast's body of any length that is made as it is read, in pieces of odd sizes.</summary>
internal sealed class Pieces(int chats, bool lines) : Stream
{
    private readonly Random _random = new(4711);
    private byte[] _rest = Encoding.UTF8.GetBytes("""{"bot":"demo","text":"x" """ + (lines ? "}" : ""","chats":["""));
    private int _next;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.Length == 0) _rest = More();
        int count = Math.Min(Math.Min(buffer.Length, _rest.Length), _random.Next(1, 4000));
        _rest.AsSpan(0, count).CopyTo(buffer.Span);
        _rest = _rest[count..];
        return ValueTask.FromResult(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private byte[] More()
    {
        if (_next > chats) return [];
        var text = new StringBuilder();
        for (int last = Math.Min(_next + 500, chats); _next < last;)
        {
            int chat = 1_000_000 + ++_next;
            text.Append(lines ? '\n' : _next == 1 ? ' ' : ',');
            text.Append(_next % 3 == 0 ? $"{{\"chat_id\":{chat}}}" : _next % 3 == 1 ? $"\"user:{chat}\"" : $"{chat}");
        }

        if (_next < chats) return Encoding.ASCII.GetBytes(text.ToString());
        _next++;
        return Encoding.ASCII.GetBytes(text + (lines ? "\n" : "]}"));
    }
}
