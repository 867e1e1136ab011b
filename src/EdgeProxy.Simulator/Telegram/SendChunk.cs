using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>Some thousand sends in a row and their texts. Guarded by its <see cref="SendLog"/>.</summary>
/// <param name="first">Number of its first send.</param>
internal sealed class SendChunk(long first)
{
    public const int Capacity = 8192;

    private readonly SendEntry[] _entries = new SendEntry[Capacity];
    private byte[] _text = new byte[Capacity * 16];
    private int _textUsed;

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    /// <summary>Number after that of its last send.</summary>
    public long Next => first + Count;

    public void Add(in SendEntry entry, ReadOnlySpan<byte> text)
    {
        if (_text.Length - _textUsed < text.Length)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textUsed + text.Length));
        }

        text.CopyTo(_text.AsSpan(_textUsed));
        _entries[Count] = entry;
        _entries[Count].TextAt = _textUsed;
        _entries[Count].TextBytes = text.Length;
        _textUsed += text.Length;
        Count++;
    }

    public SendRecord Read(long number)
    {
        ref SendEntry entry = ref _entries[number - first];
        ReadOnlySpan<byte> text = _text.AsSpan(entry.TextAt, entry.TextBytes);
        string sha = entry.Sha256 ?? Convert.ToHexStringLower(SHA256.HashData(text));
        return new SendRecord(number, entry.BotId, entry.Method, entry.ChatId, entry.ChatNumber, entry.MessageId, entry.Weight,
            entry.AtUnixMs, Encoding.UTF8.GetString(text), sha, entry.FileBytes);
    }
}
