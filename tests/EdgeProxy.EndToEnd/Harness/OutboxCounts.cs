namespace EdgeProxy.EndToEnd.Harness;

/// <summary>One row of the comparison of our states with Telegram's record, and everything that is wrong with it.</summary>
internal sealed class OutboxCounts
{
    public Dictionary<string, int> ByState { get; } = [];

    /// <summary>Unknown because the connection was cut, and of them sent; because the process was killed, and of them sent.</summary>
    public int UnknownCut { get; set; }
    public int UnknownCutSent { get; set; }
    public int UnknownKilled { get; set; }
    public int UnknownKilledSent { get; set; }

    /// <summary>Letters that Telegram has, and sends of them.</summary>
    public int AtTelegram { get; set; }
    public int Sends { get; set; }

    public List<string> Lost { get; } = [];
    public List<string> Twice { get; } = [];
    public List<string> Open { get; } = [];
    public List<string> Lies { get; } = [];
    public List<string> WithoutDoubt { get; } = [];
    public List<string> OutOfOrder { get; } = [];

    public int Of(string state) => ByState.GetValueOrDefault(state);

    public override string ToString() =>
        $"{ByState.Values.Sum()} messages: {string.Join(", ", ByState.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"))} | "
        + $"unknown by a cut {UnknownCut} (at Telegram {UnknownCutSent}), by a kill {UnknownKilled} (at Telegram {UnknownKilledSent}) | "
        + $"Telegram has {AtTelegram} in {Sends} sends | lost {Lost.Count}, twice {Twice.Count}, not final {Open.Count}, "
        + $"told wrongly {Lies.Count}, unknown without a doubt {WithoutDoubt.Count}, out of order {OutOfOrder.Count}";

    /// <summary>Fails with examples unless all is right.</summary>
    public void AssertRight(string log)
    {
        foreach (var (what, wrong) in new[]
        {
            ("lost", Lost), ("sent twice", Twice), ("not final", Open), ("told wrongly", Lies), ("unknown without a doubt", WithoutDoubt),
            ("out of order", OutOfOrder),
        })
            Assert.True(wrong.Count == 0, $"{wrong.Count} {what}:\n  {string.Join("\n  ", wrong.Take(12))}\n{log}");
    }
}
