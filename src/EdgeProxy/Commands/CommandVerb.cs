namespace EdgeProxy.Commands;

/// <summary>What the executable can be asked to do.</summary>
internal enum CommandVerb
{
    Run,
    Check,
    JournalInspect,
    Outbox,
    Mtproto,
    Version,
    Help,
}
