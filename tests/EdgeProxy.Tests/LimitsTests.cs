using EdgeProxy.Journal;
using EdgeProxy.Primitives;

namespace EdgeProxy.Tests;

/// <summary>Relations between bounds that the code relies on. Each line fails when one of its bounds is changed without the other.</summary>
public sealed class LimitsTests
{
    private const int TelegramWaitsS = 60;
    private const int OrchestratorsWaitS = 30;

    [Fact]
    public void Journal_bounds_agree_with_each_other()
    {
        Holds(RecordCodec.TotalBytes(Limits.UpdateBytesMax) <= Limits.JournalBatchBytesMax, "the largest record fits into one batch");
        Holds(SegmentHeader.Bytes + Limits.JournalBatchBytesMax <= Limits.JournalSegmentBytes, "a full batch fits into one segment");
        Holds(SegmentHeader.Bytes + Limits.JournalBatchBytesMax <= Limits.JournalFirstSegmentBytes, "a full batch fits into the first segment");
        Holds(Limits.JournalFirstSegmentBytes % 4096 == 0, "the first segment is whole pages");
        Holds(Limits.JournalBatchBytesMax <= Limits.JournalQueueBytesMax, "the queue can fill a batch by bytes");
        Holds(Limits.JournalBatchRecordsMax <= Limits.JournalQueueRecordsMax, "the queue can fill a batch by records");
        Holds(Limits.JournalBytesMax >= 2L * Limits.JournalSegmentBytes, "a roll has room for the next segment");
        Holds(Limits.JournalSegmentBytes % 4096 == 0 && Limits.JournalSegmentBytesMin % 4096 == 0, "segments are whole pages");
    }

    [Fact]
    public void An_update_id_is_remembered_longer_than_Telegram_repeats_it()
    {
        Holds(Limits.DedupeHours >= 24, "Telegram redelivers for 24 h");
        Holds(
            Limits.DedupeGenerationsKept * Limits.DedupeGenerationHours >= Limits.DedupeHours + Limits.DedupeGenerationHours,
            "an id at the very end of a generation stays for DedupeHours");
    }

    [Fact]
    public void State_file_bounds_agree_with_each_other()
    {
        Holds(Limits.SqliteBatchMax <= Limits.SqliteQueueMax, "the queue can fill a batch");
        Holds(Limits.SqliteWalPagesPassive < Limits.SqliteWalPagesTruncate, "the gentle checkpoint comes before the one that blocks");
        Holds(Limits.CursorFlushMs <= Limits.CursorFlushMsMax, "flushes are spread, never hurried");
    }

    [Fact]
    public void Times_end_before_those_who_wait_for_them_give_up()
    {
        Holds(
            Limits.WebhookBodyGraceS + (Limits.UpdateBytesMax / Limits.WebhookBodyBytesPerSecondMin) < TelegramWaitsS,
            "the slowest body that is accepted arrives while Telegram still waits");
        Holds(Limits.StopRequestsS + (Limits.FanoutStopMs / 1000) < OrchestratorsWaitS, "a stop ends before orchestrators kill");
        Holds(Limits.RetryFirstMs < Limits.RetryCapMs && Limits.RetryCapMs <= Limits.RetryAfterSMax * 1000L, "retries grow to their cap");
    }

    [Fact]
    public void Buffers_hold_what_they_are_for()
    {
        Holds(Limits.ApiReplyBytesMax > (long)Limits.PollBatchUpdates * Limits.UpdateBytesMax, "one getUpdates answer of full-size updates fits");
        Holds(Limits.FanoutDownReadAheadMax <= Limits.FanoutOutstandingMax, "a consumer that is down holds no more than one that is up");
        Holds(Limits.InFlightMax <= Limits.FanoutDownReadAheadMax, "a returning consumer's window fills at once");
    }

    private static void Holds(bool relation, string why) => Assert.True(relation, why);
}
