using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Ingest;
using EdgeProxy.Journal;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using Microsoft.AspNetCore.Connections;

namespace EdgeProxy.Tests.Ingest;

/// <summary>The short way alone, between two pipes: what it hands over, when, and that it allocates nothing.</summary>
public sealed class ShortWayTests
{
    private static readonly PipeOptions Inline = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);
    private readonly Pipe _in = new(Inline);
    private readonly Pipe _out = new(Inline);

    [Theory]
    [InlineData(nameof(AppendOutcome.DiskFailed))]
    [InlineData(nameof(AppendOutcome.Full))]
    [InlineData(nameof(AppendOutcome.Stopping))]
    public async Task An_update_that_is_not_stored_is_503_and_the_connection_goes_on(string outcome)
    {
        Task<bool> taking = Connection(new Answers(Enum.Parse<AppendOutcome>(outcome))).TakeAsync();
        for (int call = 0; call < 2; call++)
        {
            foreach (byte[] piece in Call().Chunk(90)) await _in.Writer.WriteAsync(piece);
            Assert.True(_out.Reader.TryRead(out ReadResult read));
            string answer = Encoding.ASCII.GetString(read.Buffer);
            _out.Reader.AdvanceTo(read.Buffer.End);
            Assert.StartsWith("HTTP/1.1 503 Service Unavailable\r\n", answer, StringComparison.Ordinal);
            Assert.Contains($"\r\nRetry-After: {Limits.IngestRetryAfterS}\r\n", answer, StringComparison.Ordinal);
            Assert.Contains($"\r\nContent-Length: {answer.Split("\r\n\r\n")[1].Length}\r\n", answer, StringComparison.Ordinal);
        }

        Assert.False(taking.IsCompleted);
    }

    [Theory]
    [InlineData(0, Limits.WebhookIdleS)]
    [InlineData(1, Limits.WebhookPartS)]
    [InlineData(100, Limits.WebhookPartS)]
    public async Task A_connection_that_waits_for_long_is_handed_over_with_what_it_has(int bytes, int seconds)
    {
        WebhookConnection connection = Connection(new Answers(AppendOutcome.Appended));
        Task<bool> taking = connection.TakeAsync();
        if (bytes > 0) await _in.Writer.WriteAsync(Call().AsMemory(0, bytes));
        for (int second = 1; second < seconds; second++) connection.Tick();
        Assert.False(taking.IsCompleted);
        connection.Tick();
        Assert.True(await taking);

        // What is called late must not end a wait of Kestrel's.
        connection.Leave();
        for (int second = 0; second < 2 * Limits.WebhookIdleS; second++) connection.Tick();
        await _in.Writer.WriteAsync(new byte[1]);
        ReadResult read = await _in.Reader.ReadAsync();
        Assert.False(read.IsCanceled);
        Assert.Equal(bytes + 1, read.Buffer.Length);
    }

    [Fact]
    public async Task A_body_that_does_not_end_ends_the_connection()
    {
        WebhookConnection connection = Connection(new Answers(AppendOutcome.Appended));
        Task<bool> taking = connection.TakeAsync();
        await _in.Writer.WriteAsync(Call().AsMemory(0, Call().Length - 1));
        for (int second = 1; second < Limits.WebhookBodyS; second++) connection.Tick();
        Assert.False(taking.IsCompleted);
        connection.Tick();
        Assert.False(await taking);
    }

    [Fact]
    public async Task A_caller_that_reads_no_answers_is_cut_off()
    {
        var full = new Pipe(new PipeOptions(pauseWriterThreshold: 200, resumeWriterThreshold: 100, useSynchronizationContext: false));
        var transport = new DefaultConnectionContext();
        var cut = new TaskCompletionSource();
        transport.ConnectionClosed.Register(cut.SetResult);
        WebhookConnection connection = Connection(new Answers(AppendOutcome.Appended), transport, full.Writer);
        Task<bool> taking = connection.TakeAsync();
        for (int call = 0; call < 20; call++) await _in.Writer.WriteAsync(Call());
        for (int second = 1; second < Limits.WebhookAnswerS; second++) connection.Tick();
        Assert.False(taking.IsCompleted || cut.Task.IsCompleted);
        connection.Tick();
        await cut.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await full.Reader.CompleteAsync(); // As the socket does when it is cut.
        Assert.False(await taking.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_update_that_comes_with_the_stop_is_answered_before_it(bool isCut)
    {
        int first = isCut ? Call().Length - 1 : Call().Length;
        await _in.Writer.WriteAsync(Call().AsMemory(0, first));
        _in.Reader.CancelPendingRead();
        Task<bool> taking = Connection(new Answers(AppendOutcome.Appended)).TakeAsync();
        await _in.Writer.WriteAsync(Call().AsMemory(first));
        Assert.True(await taking);
        Assert.True(_out.Reader.TryRead(out ReadResult read));
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", Encoding.ASCII.GetString(read.Buffer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_does_not_end_is_handed_over()
    {
        Task<bool> taking = Connection(new Answers(AppendOutcome.Appended)).TakeAsync();
        string start = "POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nX-Long: ";
        for (int bytes = start.Length; bytes <= Limits.WebhookHeadBytesMax; bytes += 1_000)
        {
            Assert.False(taking.IsCompleted);
            await _in.Writer.WriteAsync(Encoding.ASCII.GetBytes(start.PadRight(1_000, 'x')));
            start = "";
        }

        Assert.True(await taking.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData("POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\nContent-Length: 15\r\n\r\n", true)]
    [InlineData("POST /x HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\nContent-Length: 15\r\n\r\n", false)]
    [InlineData("POST /seventeen-letters-demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\nContent-Length: 15\r\n\r\n", false)]
    [InlineData("POST /................/demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\nContent-Length: 15\r\n\r\n", false)]
    public void A_head_is_the_same_however_memory_cuts_it(string text, bool isPlain)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            int head = new WebhookHead(Bots()).Read(Pieces(bytes.AsMemory(0, cut), bytes.AsMemory(cut)));
            Assert.Equal(isPlain ? bytes.Length : WebhookHead.NotPlain, head);
        }
    }

    [Fact]
    public async Task The_end_of_a_connection_without_a_byte_is_its_end()
    {
        Task<bool> taking = Connection(new Answers(AppendOutcome.Appended)).TakeAsync();
        await _in.Writer.CompleteAsync();
        Assert.False(await taking);
    }

    [Fact]
    public async Task An_update_allocates_nothing()
    {
        Task<bool> taking = Connection(new Answers(AppendOutcome.Appended)).TakeAsync();
        byte[] call = Call();
        Assert.True(Bytes(call, 20_000) >= 0);
        long least = long.MaxValue;
        for (int round = 0; round < 3; round++) least = Math.Min(least, Bytes(call, 5_000));

        // A second may begin in a round: its Date is written once.
        Assert.True(least < 2_000, $"{least} bytes for 5,000 updates");
        Assert.False(taking.IsCompleted);
        await _in.Writer.CompleteAsync();
        Assert.False(await taking);
    }

    private static byte[] Call()
    {
        const string Body = "{\"update_id\":1,\"message\":{\"text\":\"\\u041f\\u0440\\u0438\\u0432\\u0456\\u0442\"}}";
        return Encoding.ASCII.GetBytes("POST /telegram/webhook/demo HTTP/1.1\r\nHost: x\r\nX-Telegram-Bot-Api-Secret-Token: s3cret\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
    }

    /// <summary>What this thread allocates for so many updates: pipes and journal go on inline, so it does all the work.</summary>
    private long Bytes(byte[] call, int count)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int index = 0; index < count; index++)
        {
            call.CopyTo(_in.Writer.GetSpan(call.Length));
            _in.Writer.Advance(call.Length);
            Assert.True(_in.Writer.FlushAsync().IsCompleted);
            Assert.True(_out.Reader.TryRead(out ReadResult answer));
            _out.Reader.AdvanceTo(answer.Buffer.End);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static BotRegistry Bots()
    {
        Assert.True(BotToken.TryParse("42:AAAA", out BotToken? token));
        return new BotRegistry([new Bot { Name = "demo", Token = token!, ApiRoot = new Uri("http://127.0.0.1:1"), Secret = "s3cret"u8.ToArray() }]);
    }

    private static ReadOnlySequence<byte> Pieces(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        var end = new Piece(second, first.Length, null);
        return new ReadOnlySequence<byte>(new Piece(first, 0, end), 0, end, second.Length);
    }

    private WebhookConnection Connection(IUpdateJournal journal) => Connection(journal, new DefaultConnectionContext(), _out.Writer);

    private WebhookConnection Connection(IUpdateJournal journal, ConnectionContext connection, PipeWriter output)
    {
        connection.Transport = new Transport(_in.Reader, output);
        return new WebhookConnection(
            connection, new WebhookHead(Bots()), journal, static (Bot _, in UpdateEnvelope _) => { }, new WebhookAnswers(TimeProvider.System));
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long runningIndex, Piece? next) => (Memory, RunningIndex, Next) = (memory, runningIndex, next);
    }

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Answers(AppendOutcome outcome) : IUpdateJournal
    {
        public ValueTask<AppendOutcome> AppendAsync(long botId, in UpdateEnvelope envelope, ReadOnlyMemory<byte> body) => new(outcome);

        public JournalSnapshot Snapshot() => default!;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
