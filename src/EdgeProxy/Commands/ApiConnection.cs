using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace EdgeProxy.Commands;

/// <summary>Calls the message API of a running process. The key appears in no message.</summary>
internal sealed class ApiConnection : IDisposable
{
    private readonly HttpClient _client;

    public ApiConnection(Uri url, string key)
    {
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = url };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Where a process that listens on that address is reached from the same machine: 0.0.0.0 and [::] are no destinations.</summary>
    public static Uri UrlOf(Uri listen)
    {
        bool any = IPAddress.TryParse(listen.Host.Trim('[', ']'), out IPAddress? address)
            && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        return any ? new UriBuilder(listen) { Host = "127.0.0.1" }.Uri : listen;
    }

    /// <summary>The connection that EDGE_API_URL, EDGE_API_KEY and the settings name; null after standard error has been told what is missing.</summary>
    public static ApiConnection? Open(CommandLine command)
    {
        string? key = Environment.GetEnvironmentVariable("EDGE_API_KEY");
        if (string.IsNullOrEmpty(key))
        {
            Console.Error.WriteLine("edgeproxy: EDGE_API_KEY is missing; set it to a key of EdgeProxy's API");
            return null;
        }

        string? text = Environment.GetEnvironmentVariable("EDGE_API_URL");
        if (string.IsNullOrEmpty(text))
        {
            if (OfflineCommands.Load(command) is not { } settings) return null;
            IReadOnlyList<Uri> addresses = settings.ApiListen.Count > 0 ? settings.ApiListen : settings.Listen;
            text = UrlOf(addresses[0]).AbsoluteUri;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https") return new ApiConnection(url, key);
        Console.Error.WriteLine($"edgeproxy: EDGE_API_URL \"{text}\" is no http or https URL");
        return null;
    }

    /// <summary>The answer's JSON, or what went wrong in one line.</summary>
    public async Task<(JsonElement? Answer, string? Error)> CallAsync(HttpMethod method, string path, string? body, string? idempotencyKey = null)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
            using HttpResponseMessage response = await _client.SendAsync(request);
            byte[] bytes = await response.Content.ReadAsByteArrayAsync();
            using JsonDocument json = JsonDocument.Parse(bytes);
            if (response.IsSuccessStatusCode) return (json.RootElement.Clone(), null);
            return (null, Sentence(json.RootElement, (int)response.StatusCode));
        }
        catch (HttpRequestException error)
        {
            return (null, $"{_client.BaseAddress} does not answer ({error.HttpRequestError}); is EdgeProxy running there? EDGE_API_URL names another place");
        }
        catch (TaskCanceledException)
        {
            return (null, $"{_client.BaseAddress} did not answer in time");
        }
        catch (JsonException)
        {
            return (null, $"{_client.BaseAddress} is not the message API: its answer is not JSON");
        }
    }

    public void Dispose() => _client.Dispose();

    private static string Sentence(JsonElement problem, int status)
    {
        string title = Text(problem, "title") ?? "refused";
        string field = Text(problem, "field") is { } name ? name + " " : "";
        // Telegram's own word where nobody said more.
        return (Text(problem, "detail") ?? Text(problem, "telegram_error")) is { } detail ? $"{title} ({status}): {field}{detail}" : $"{title} ({status})";
    }

    private static string? Text(JsonElement problem, string name) =>
        problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
