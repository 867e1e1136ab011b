namespace EdgeProxy.Outbox;

/// <summary>A broadcast as the API shows it.</summary>
/// <param name="Id">Shares the space of message ids.</param>
/// <param name="BotId">Whose.</param>
/// <param name="Name">As its maker called it.</param>
/// <param name="State">Where it stands.</param>
/// <param name="CreatedUnixMs">When it was made.</param>
/// <param name="UpdatedUnixMs">When its state last changed.</param>
/// <param name="Recipients">Chats it goes to, doubles removed.</param>
/// <param name="Counts">Messages in each state, indexed by <see cref="MessageState"/>; their sum is <paramref name="Recipients"/>.</param>
internal sealed record BroadcastRecord(
    MessageId Id, long BotId, string Name, BroadcastState State, long CreatedUnixMs, long UpdatedUnixMs, long Recipients, IReadOnlyList<long> Counts);
