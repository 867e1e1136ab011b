namespace EdgeProxy.Ingest;

/// <summary>Why a webhook call was not taken. Only the last three are worth another try: Telegram makes it by itself.</summary>
internal enum IngestRefusal : byte
{
    None = 0,
    UnknownBot,
    WrongMethod,
    WrongSource,
    WrongSecret,
    TooLarge,
    BodyBroken,
    InvalidJson,
    NoUpdateId,
    Empty,
    JournalFull,
    DiskFailed,
    Stopping,
}
