using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeProxy.LoadTests.Measure;

namespace EdgeProxy.LoadTests.Processes;

/// <summary>The fake Telegram's process and its control API.</summary>
internal sealed class SimulatorProcess(ChildProcess process)
{
    private const int PageMax = 10_000;
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public ChildProcess Process => process;
    public Uri Url => process.Url;

    public async Task AddBotAsync(string token, bool paid)
    {
        using HttpResponseMessage reply = await Arena.Http.PostAsJsonAsync(new Uri(Url, "/sim/bots"), new { token, paid });
        if (!reply.IsSuccessStatusCode) throw new LoadException("the simulator refused a bot: " + await reply.Content.ReadAsStringAsync());
    }

    public async Task<SimulatorStats> StatsAsync() =>
        await Arena.Http.GetFromJsonAsync<SimulatorStats>(new Uri(Url, "/sim/stats"), Json) ?? throw new LoadException("no stats of the simulator");

    /// <summary>The accepted sends, oldest first; at most the 100,000 that the simulator keeps.</summary>
    public async Task<List<AcceptedSend>> SendsAsync()
    {
        var all = new List<AcceptedSend>();
        for (long after = 0; ;)
        {
            var url = new Uri(Url, $"/sim/sends?after={after}&limit={PageMax}");
            SendsPage page = await Arena.Http.GetFromJsonAsync<SendsPage>(url, Json) ?? throw new LoadException("no sends of the simulator");
            if (page.Sends.Length == 0) return all;
            all.AddRange(page.Sends);
            after = page.Sends[^1].Number;
        }
    }

    private sealed record SendsPage([property: JsonRequired] AcceptedSend[] Sends);
}
