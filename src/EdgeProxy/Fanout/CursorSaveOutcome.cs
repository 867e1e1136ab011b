namespace EdgeProxy.Fanout;

/// <summary>What became of cursors that were to be stored.</summary>
internal enum CursorSaveOutcome : byte
{
    Saved,

    /// <summary>Not known to be stored. A later flush, with a newer state, makes it good.</summary>
    Failed,

    /// <summary>Refused: another process owns the log. Whatever is delivered from here on is not ours to deliver.</summary>
    Fenced,
}
