namespace EdgeProxy.BotApi;

/// <summary>A key as the table knows it.</summary>
/// <param name="Request">Hash of the call that used it.</param>
/// <param name="Answer">Null while nobody knows the end.</param>
/// <param name="IsElsewhere">Another process that lives has the call under way: its end will be known. Otherwise it is in doubt.</param>
internal sealed record IdempotencyRow(IdempotencyHash Request, IdempotencyAnswer? Answer, bool IsElsewhere = false);
