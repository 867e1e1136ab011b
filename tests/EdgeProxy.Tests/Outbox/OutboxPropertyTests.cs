using EdgeProxy.Outbox;
using EdgeProxy.Telegram;
using Xunit.Abstractions;

namespace EdgeProxy.Tests.Outbox;

/// <summary>Random lives of messages against a model in memory, crashes included. A failure names its seed.</summary>
public abstract class OutboxPropertyTests(ITestOutputHelper output)
{
    private const int Steps = 400;
    private const int Chats = 6;

    internal abstract Task<OutboxRig> OpenAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(20_261)]
    [InlineData(0)]
    public async Task Whatever_happens_the_store_says_what_the_model_says(int fixedSeed)
    {
        int seed = fixedSeed != 0 ? fixedSeed : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        await using OutboxRig rig = await OpenAsync();
        var life = new Life(rig, new Random(seed)) { Epoch = await rig.BeginAsync() };
        for (int step = 0; step < Steps; step++)
        {
            await life.StepAsync();
            if (step % 40 == 0) await life.CompareAsync($"seed {seed}, step {step}");
        }

        await life.CompareAsync($"seed {seed}, end");
        Assert.True(life.Crashes > 0 && life.Repeats > 0, $"seed {seed}: too tame");
    }

    private sealed class Life(OutboxRig rig, Random random)
    {
        private readonly SortedDictionary<long, Known> _known = [];
        private readonly Dictionary<string, (long Id, string Text)> _keys = [];
        private readonly Dictionary<long, long> _rests = [];

        public long Epoch { get; set; }
        public int Crashes { get; private set; }
        public int Repeats { get; private set; }

        public Task StepAsync() => random.Next(20) switch
        {
            < 7 => AcceptAsync(),
            < 11 => MarkAsync(),
            < 15 => FinishAsync(),
            < 18 => DecideAsync(),
            18 => TimeAsync(),
            _ => CrashAsync(),
        };

        public async Task CompareAsync(string about)
        {
            IReadOnlyList<MessageRecord> stored = (await rig.Store.ListAsync(new MessageQuery { Limit = 1_000 })).Messages;
            Assert.True(_known.Keys.SequenceEqual(stored.Select(one => one.Id.Value)), about);
            foreach (MessageRecord record in stored) Assert.True(_known[record.Id.Value].State == record.State, $"{about}: {record}");
            IReadOnlyList<long> tally = await rig.TallyAsync();
            for (int i = 0; i < tally.Count; i++) Assert.True(_known.Values.Count(one => (int)one.State == i) == tally[i], $"{about}: tally {(MessageState)i}");

            // Of every chat that does not rest, the oldest message that may go.
            IEnumerable<long> heads = _known.Where(one => one.Value is { State: MessageState.Queued, Ready: true })
                .GroupBy(one => one.Value.Chat).Where(chat => _rests.GetValueOrDefault(chat.Key) <= rig.Time.UnixMs)
                .OrderBy(chat => chat.Key).Select(chat => chat.First().Key);
            List<long> offered = [.. (await rig.ReadyAsync(rig.Queue())).Select(id => id.Value)];
            Assert.True(heads.SequenceEqual(offered), $"{about}: {string.Join(" ", heads)} but {string.Join(" ", offered)}");
        }

        private async Task AcceptAsync()
        {
            string? key = random.Next(3) == 0 ? $"k{random.Next(30)}" : null;
            string text = $"t{random.Next(2)}";
            long notBefore = random.Next(4) == 0 ? rig.Time.UnixMs + random.Next(1, 5_000) : 0;
            long expires = random.Next(4) == 0 ? rig.Time.UnixMs + random.Next(1, 8_000) : 0;
            bool resend = random.Next(2) == 0;
            long chat = random.Next(Chats) + 1;
            Acceptance said = await rig.Store.AcceptAsync(rig.Message(chat, text, key) with
            {
                NotBeforeUnixMs = notBefore,
                ExpiresAtUnixMs = expires,
                OnUnknown = resend ? OnUnknown.Resend : OnUnknown.Hold,
            });
            if (key is not null && _keys.TryGetValue(key, out (long Id, string Text) earlier) && _known.TryGetValue(earlier.Id, out Known? old))
            {
                AcceptOutcome outcome = earlier.Text == text ? AcceptOutcome.Repeated : AcceptOutcome.Conflict;
                Assert.Equal(new Acceptance(outcome, new MessageId(earlier.Id), old.State), said);
                Repeats++;
                return;
            }

            Assert.Equal(AcceptOutcome.Accepted, said.Outcome);
            Assert.True(_known.Count == 0 || said.Id.Value > _known.Keys.Last(), "ids rise");
            _known.Add(said.Id.Value, new Known { Chat = chat, Resend = resend, Ready = notBefore == 0, NotBefore = notBefore, Expires = expires });
            if (key is not null) _keys[key] = (said.Id.Value, text);
        }

        private async Task MarkAsync()
        {
            if (Pick() is not { } id) return;
            Known one = _known[id];
            bool isOurs = one.State == MessageState.Sending;
            SendPermit permit = await rig.Store.MarkSendingAsync(new MessageId(id), Epoch);
            if (!isOurs && one.State != MessageState.Queued)
            {
                Assert.Equal(SendPermit.Withdrawn, permit);
                return;
            }

            bool isLate = one.Expires > 0 && one.Expires <= rig.Time.UnixMs;
            Assert.Equal(isLate ? SendPermit.Withdrawn : SendPermit.Granted, permit);
            one.State = isLate ? one.Unsent(MessageState.Expired) : MessageState.Sending;
        }

        private async Task FinishAsync()
        {
            if (Pick() is not { } id) return;
            Known one = _known[id];
            MessageState[] ends = [MessageState.Sent, MessageState.Failed, MessageState.Unknown, MessageState.Queued];
            MessageState end = ends[random.Next(ends.Length)];
            if (one.State == MessageState.Queued && end != MessageState.Queued) return;
            long rest = end == MessageState.Queued ? rig.Time.UnixMs + random.Next(3_000) : 0;
            FinishOutcome outcome = await rig.FinishAsync(new MessageId(id), Epoch, end, HistoryKind.Rejected, rest);
            if (one.State is not (MessageState.Sending or MessageState.Queued))
            {
                Assert.Equal(FinishOutcome.Refused, outcome);
                return;
            }

            Assert.Equal(FinishOutcome.Done, outcome);
            if (rest > rig.Time.UnixMs) _rests[one.Chat] = Math.Max(rest, _rests.GetValueOrDefault(one.Chat));
            if (one.State == MessageState.Sending) (one.State, one.Ready) = (one.Unsent(end), true);
        }

        private async Task DecideAsync()
        {
            if (Pick() is not { } id) return;
            Known one = _known[id];
            var decision = (MessageDecision)random.Next(6);
            MessageState? next = (decision, one.State) switch
            {
                (MessageDecision.Cancel, MessageState.Queued) => one.Unsent(MessageState.Cancelled),
                (MessageDecision.Retry, MessageState.Failed or MessageState.Cancelled or MessageState.Expired) => MessageState.Queued,
                (MessageDecision.ResolveSent, MessageState.Unknown) => MessageState.Sent,
                (MessageDecision.ResolveResend, MessageState.Unknown) => MessageState.Queued,
                (MessageDecision.ResolveDrop, MessageState.Unknown) => MessageState.Failed,
                _ => null,
            };
            bool isDeleted = decision == MessageDecision.Delete && one.State >= MessageState.Sent;
            DecisionOutcome outcome = await rig.Store.DecideAsync(new MessageId(id), decision);
            Assert.Equal(isDeleted || next is not null ? DecisionOutcome.Done : DecisionOutcome.WrongState, outcome);
            if (isDeleted) _known.Remove(id);
            if (next is not { } state) return;
            if (state == MessageState.Queued) (one.Ready, one.Expires, one.InDoubt) = (true, 0, false);
            one.State = state;
        }

        private async Task TimeAsync()
        {
            rig.Time.Advance(TimeSpan.FromMilliseconds(random.Next(1, 4_000)));
            await rig.Store.SweepAsync(Epoch);
            foreach (Known one in _known.Values.Where(one => one.State == MessageState.Queued))
            {
                if (one.Expires > 0 && one.Expires <= rig.Time.UnixMs) one.State = one.Unsent(MessageState.Expired);
                else if (one.NotBefore <= rig.Time.UnixMs) one.Ready = true;
            }
        }

        private async Task CrashAsync()
        {
            if (random.Next(3) != 0) return;
            await rig.CrashAsync();
            Epoch = await rig.BeginAsync();
            Crashes++;
            foreach (Known one in _known.Values.Where(one => one.State == MessageState.Sending))
            {
                one.State = one.Resend ? MessageState.Queued : MessageState.Unknown;
                (one.Ready, one.InDoubt) = (true, true);
            }
        }

        private long? Pick() => _known.Count == 0 ? null : _known.Keys.ElementAt(random.Next(_known.Count));
    }

    private sealed class Known
    {
        public required long Chat { get; init; }
        public required bool Resend { get; init; }
        public required long NotBefore { get; init; }
        public MessageState State { get; set; }
        public bool Ready { get; set; }
        public long Expires { get; set; }

        /// <summary>An earlier attempt may have arrived.</summary>
        public bool InDoubt { get; set; }

        /// <summary>The state of one that ends: without being sent only when no attempt may have arrived.</summary>
        public MessageState Unsent(MessageState end) =>
            InDoubt && (end is MessageState.Failed or MessageState.Cancelled or MessageState.Expired) ? MessageState.Unknown : end;
    }
}
