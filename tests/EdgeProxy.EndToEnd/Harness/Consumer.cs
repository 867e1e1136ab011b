using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>A bot's back end in this process: it records what it answered, and can be slow, fail, or be down.</summary>
internal sealed class Consumer() : LoopbackServer("/hook")
{
    private readonly ConcurrentQueue<Delivery> _deliveries = new();
    private readonly ConcurrentDictionary<long, byte> _acknowledged = new();

    public int DelayMs { get; set; }

    public int Status { get; set; } = StatusCodes.Status200OK;

    public IReadOnlyCollection<Delivery> Deliveries => _deliveries;

    /// <summary>How many different updates were acknowledged.</summary>
    public int AcknowledgedCount => _acknowledged.Count;

    public bool HasAcknowledged(long updateId) => _acknowledged.ContainsKey(updateId);

    /// <summary>Waits until every one of <paramref name="updateIds"/> was acknowledged; returns those that were not in time.</summary>
    public async Task<List<long>> MissingAsync(IReadOnlyCollection<long> updateIds, TimeSpan bound)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var missing = updateIds.Where(id => !_acknowledged.ContainsKey(id)).ToList();
            if (missing.Count == 0 || Stopwatch.GetElapsedTime(started) > bound)
                return missing;
            await Task.Delay(50);
        }
    }

    protected override async Task AnswerAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        if (context.Request.Headers["X-Telegram-Bot-Api-Secret-Token"] != ProxyConfig.ConsumerSecret)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        if (DelayMs > 0)
            await Task.Delay(DelayMs);
        var id = body.RootElement.GetProperty("update_id").GetInt64();
        var message = body.RootElement.GetProperty("message");
        var status = Status;
        _deliveries.Enqueue(new Delivery(
            id,
            message.GetProperty("chat").GetProperty("id").GetInt64(),
            message.GetProperty("message_id").GetInt64(),
            int.TryParse(context.Request.Headers["X-Edge-Attempt"], out var attempt) ? attempt : 0,
            status,
            Stopwatch.GetTimestamp()));
        if (status is >= 200 and < 300)
            _acknowledged.TryAdd(id, 0);
        context.Response.StatusCode = status;
    }
}
