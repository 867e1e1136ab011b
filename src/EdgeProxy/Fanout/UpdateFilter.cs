using EdgeProxy.Telegram;

namespace EdgeProxy.Fanout;

/// <summary>Which updates a subscription wants. All given conditions must hold; an empty one holds always.</summary>
internal sealed class UpdateFilter
{
    /// <summary>Everything.</summary>
    public static readonly UpdateFilter All = new([], [], [], []);

    private readonly ulong _kinds;
    private readonly uint _chatTypes;
    private readonly byte[][] _commands;
    private readonly byte[][] _exceptCommands;

    /// <param name="kinds">Wanted kinds; empty: every kind, unknown ones too.</param>
    /// <param name="chatTypes">Wanted chat types; empty: every type, and updates without a chat.</param>
    /// <param name="commands">Wanted leading commands in UTF-8 with the slash, lower case; empty: no condition.</param>
    /// <param name="exceptCommands">Leading commands that are not wanted, same form.</param>
    public UpdateFilter(IReadOnlyList<UpdateKind> kinds, IReadOnlyList<ChatType> chatTypes, byte[][] commands, byte[][] exceptCommands)
    {
        foreach (UpdateKind kind in kinds) _kinds |= 1UL << (int)kind;
        foreach (ChatType type in chatTypes) _chatTypes |= 1U << (int)type;
        Kinds = kinds;
        ChatTypes = chatTypes;
        _commands = commands;
        _exceptCommands = exceptCommands;
    }

    /// <summary>The wanted kinds as configured; empty means all.</summary>
    public IReadOnlyList<UpdateKind> Kinds { get; }

    public IReadOnlyList<ChatType> ChatTypes { get; }
    public IReadOnlyList<byte[]> Commands => _commands;
    public IReadOnlyList<byte[]> ExceptCommands => _exceptCommands;

    /// <summary>Does not allocate. <paramref name="body"/> is needed for the command only.</summary>
    public bool Matches(in UpdateEnvelope envelope, ReadOnlySpan<byte> body)
    {
        if (_kinds != 0 && (_kinds & (1UL << (int)envelope.Kind)) == 0) return false;
        if (_chatTypes != 0 && (_chatTypes & (1U << (int)envelope.ChatType)) == 0) return false;
        if (_commands.Length == 0 && _exceptCommands.Length == 0) return true;
        ReadOnlySpan<byte> command = body.Slice(envelope.CommandOffset, envelope.CommandLength);
        if (_commands.Length > 0 && !Contains(_commands, command)) return false;
        return !Contains(_exceptCommands, command);
    }

    private static bool Contains(byte[][] list, ReadOnlySpan<byte> command)
    {
        foreach (byte[] item in list)
        {
            if (System.Text.Ascii.EqualsIgnoreCase(item, command)) return true;
        }

        return false;
    }
}
