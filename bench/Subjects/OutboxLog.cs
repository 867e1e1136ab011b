using EdgeProxy.Bots;
using EdgeProxy.Outbox;
using EdgeProxy.Sqlite;
using EdgeProxy.Telegram;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeProxy.Bench.Subjects;

/// <summary>The outbox accepting messages: a row each with its indexes, the tally, the id. A batch is so many callers at once.</summary>
internal sealed class OutboxLog : RecordLog
{
    private readonly StateFile _file;
    private readonly SqliteOutbox _outbox;
    private readonly NewMessage _message;
    private readonly Task<Acceptance>[] _waits = new Task<Acceptance>[BatchMax];
    private long _chat = 100_000_000;

    public OutboxLog(string folder, byte[] parameters)
    {
        Bot bot = BenchBot.Make();
        _file = StateFile.Open(Path.Combine(folder, "state.db"), SqliteOutbox.Migrations, TimeProvider.System, NullLogger.Instance);
        _outbox = new SqliteOutbox(
            _file, new BotRegistry([bot]), new OutboxSettings(Path.Combine(folder, "uploads")), TimeProvider.System, NullLogger.Instance);
        _message = new NewMessage { Bot = bot, Method = "sendMessage", Parameters = parameters, Chat = default };
    }

    public override async Task AppendAsync(int records, int batch)
    {
        for (int left = records; left > 0; left -= batch)
        {
            for (int index = 0; index < batch; index++) _waits[index] = _outbox.AcceptAsync(_message with { Chat = new ChatTarget(++_chat, null) });
            for (int index = batch - 1; index >= 0; index--)
            {
                AcceptOutcome outcome = (await _waits[index]).Outcome;
                if (outcome != AcceptOutcome.Accepted) throw new InvalidOperationException($"the outbox said {outcome}");
            }
        }
    }

    public override void Dispose() => _file.DisposeAsync().AsTask().Wait();
}
