using System.Net.Http.Json;
using System.Text.Json;
using EdgeProxy.Simulator.Telegram;

namespace EdgeProxy.Tests.Simulator;

/// <summary>Calls a <see cref="FakeTelegram"/> as a bot would.</summary>
internal sealed class TelegramClient(FakeTelegram telegram) : IDisposable
{
    public const string Token = "1000001:AAEdgeProxyTestTokenForSimulator000";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public HttpClient Http { get; } = new() { Timeout = Patience };

    /// <summary>Status and body of one call with JSON arguments.</summary>
    public async Task<(int Status, JsonElement Body)> CallAsync(string method, object? arguments = null)
    {
        using HttpResponseMessage answer = await Http.PostAsJsonAsync($"{telegram.Url}/bot{Token}/{method}", arguments ?? new { });
        return ((int)answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
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
