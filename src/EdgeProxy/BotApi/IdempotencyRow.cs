namespace EdgeProxy.BotApi;

/// <summary>A key as the state file knows it.</summary>
/// <param name="Request">Hash of the call that used it.</param>
/// <param name="CreatedUnixMs">When it was marked as sending.</param>
/// <param name="Answer">Null while nobody knows the end.</param>
internal sealed record IdempotencyRow(IdempotencyHash Request, long CreatedUnixMs, IdempotencyAnswer? Answer);
