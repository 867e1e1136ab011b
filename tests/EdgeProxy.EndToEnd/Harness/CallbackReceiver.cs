using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>Where status call-backs arrive. It checks the signature as the README says and keeps the messages; the first call is refused with 500.</summary>
internal sealed class CallbackReceiver() : LoopbackServer("/status")
{
    private readonly ConcurrentQueue<JsonElement> _messages = new();
    private int _calls;
    private int _unsigned;

    public IReadOnlyCollection<JsonElement> Messages => _messages;

    public int Calls => _calls;

    /// <summary>Calls whose signature was missing or wrong.</summary>
    public int Unsigned => _unsigned;

    protected override async Task AnswerAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer);
        var body = buffer.ToArray();
        var isFirst = Interlocked.Increment(ref _calls) == 1;
        if (!IsSigned(context.Request.Headers["X-Edge-Signature"].ToString(), body))
            Interlocked.Increment(ref _unsigned);
        if (!isFirst)
            _messages.Enqueue(JsonDocument.Parse(body).RootElement);
        context.Response.StatusCode = isFirst ? 500 : 204;
    }

    // t=<Unix seconds>,v1=<hex of HMAC-SHA256(secret, t "." body)>
    private static bool IsSigned(string header, byte[] body)
    {
        if (header.Split(',') is not [['t', '=', .. var time], ['v', '1', '=', .. var hex]])
            return false;
        byte[] signed = [.. Encoding.ASCII.GetBytes(time + "."), .. body];
        var age = TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(long.Parse(time));
        return age.Duration() < TimeSpan.FromMinutes(5)
            && Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(OutboxProxy.CallbackSecret), signed)) == hex;
    }
}
