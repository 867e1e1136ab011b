using System.Net.Http.Json;
using System.Text.Json;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Tests.Simulator;

/// <summary>Calls a <see cref="FakeTelegram"/> as a bot would.</summary>
internal sealed class TelegramClient(FakeTelegram telegram, string token = TelegramClient.Token) : IDisposable
{
    public const string Token = "1000001:AAEdgeProxyTestTokenForSimulator000";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public HttpClient Http { get; } = new() { Timeout = Patience };

    /// <summary>Status and body of one call with JSON arguments.</summary>
    public async Task<(int Status, JsonElement Body)> CallAsync(string method, object? arguments = null)
    {
        using HttpResponseMessage answer = await Http.PostAsJsonAsync($"{telegram.Url}/bot{token}/{method}", arguments ?? new { });
        return ((int)answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    /// <summary>A GET of the control API.</summary>
    public Task<JsonElement> ControlAsync(string what) => Http.GetFromJsonAsync<JsonElement>($"{telegram.Url}/sim/{what}");

    /// <summary>Arms a fault through the control API.</summary>
    public async Task FaultAsync(object rule)
    {
        using HttpResponseMessage armed = await Http.PostAsJsonAsync(telegram.Url + "/sim/faults", rule);
        Assert.True(armed.IsSuccessStatusCode, await armed.Content.ReadAsStringAsync());
    }

    /// <summary>Polls until it holds, bounded.</summary>
    public static async Task<bool> EventuallyAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
        {
            if (patience.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(10);
        }

        return true;
    }

    public void Dispose() => Http.Dispose();
}
