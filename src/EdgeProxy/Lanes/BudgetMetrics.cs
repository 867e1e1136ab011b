using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using EdgeProxy.Primitives;

namespace EdgeProxy.Lanes;

/// <summary>Instruments of the shared budget.</summary>
internal static class BudgetMetrics
{
    private static readonly Counter<long> Questions = EdgeMeter.Meter.CreateCounter<long>(
        "edgeproxy_budget_reservations_total", description: "Turns asked of the shared budget, by bot and outcome.");

    private static readonly string[] Answers = ["granted", "chat_empty", "chat_closed", "bot_empty", "bot_closed", "busy", "alone", "fault"];

    private static ImmutableArray<RedisBudget> _budgets = [];

    static BudgetMetrics() => EdgeMeter.Meter.CreateObservableGauge(
        "edgeproxy_budget_alone", Alone, description: "1 while the shared budget does not answer and this process sends its fair share, by bot.");

    public static void Show(RedisBudget budget) => ImmutableInterlocked.Update(ref _budgets, static (all, added) => all.Add(added), budget);

    public static void Hide(RedisBudget budget) => ImmutableInterlocked.Update(ref _budgets, static (all, gone) => all.Remove(gone), budget);

    public static void Asked(string bot, BudgetAnswer answer) => Questions.Add(1, new("bot", bot), new("outcome", Answers[(int)answer]));

    private static List<Measurement<long>> Alone()
    {
        var result = new List<Measurement<long>>();
        foreach (RedisBudget budget in _budgets) result.Add(new(budget.IsAlone ? 1 : 0, new KeyValuePair<string, object?>("bot", budget.Bot)));
        return result;
    }
}
