using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EdgeProxy.LoadTests.Measure;
using EdgeProxy.LoadTests.Processes;

namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>The message API of a proxy, for what is not measured by itself.</summary>
internal sealed class OutboxClient(Uri proxy)
{
    /// <summary>Creates a broadcast; its recipients are streamed, a line each. Returns its id.</summary>
    /// <param name="head">The message: the first line.</param>
    /// <param name="firstChat">Recipients are this chat and those after it.</param>
    /// <param name="chats">How many.</param>
    public async Task<string> BroadcastAsync(object head, long firstChat, int chats)
    {
        using var content = new LinesContent(JsonSerializer.Serialize(head), firstChat, chats);
        using JsonDocument answer = await CallAsync(HttpMethod.Post, "/v1/broadcasts", content);
        return answer.RootElement.GetProperty("id").GetString()!;
    }

    public async Task CommandAsync(string broadcast, string command)
    {
        using JsonDocument _ = await CallAsync(HttpMethod.Post, $"/v1/broadcasts/{broadcast}/{command}", null);
    }

    public async Task<BroadcastProgress> ProgressAsync(string broadcast)
    {
        using JsonDocument answer = await CallAsync(HttpMethod.Get, $"/v1/broadcasts/{broadcast}", null);
        JsonElement root = answer.RootElement;
        JsonElement counts = root.GetProperty("counts");
        return new BroadcastProgress(root.GetProperty("status").GetString()!, root.GetProperty("recipients").GetInt64(), Count("queued"), Count("sent"));

        long Count(string state) => counts.TryGetProperty(state, out JsonElement count) ? count.GetInt64() : 0;
    }

    private async Task<JsonDocument> CallAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, new Uri(proxy, path)) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", EdgeConfig.ApiKey);
        using HttpResponseMessage reply = await Arena.Http.SendAsync(request);
        string text = await reply.Content.ReadAsStringAsync();
        return reply.IsSuccessStatusCode ? JsonDocument.Parse(text) : throw new LoadException($"{method} {path} answered {(int)reply.StatusCode}: {text}");
    }

    /// <summary>NDJSON that is written as it is sent: a million lines are never in memory at once.</summary>
    private sealed class LinesContent : HttpContent
    {
        private const int ChatsPerWrite = 2_000;
        private readonly string _head;
        private readonly long _firstChat;
        private readonly int _chats;

        public LinesContent(string head, long firstChat, int chats)
        {
            (_head, _firstChat, _chats) = (head, firstChat, chats);
            Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(_head + "\n"));
            var lines = new StringBuilder();
            for (int index = 0; index < _chats; index++)
            {
                lines.Append(CultureInfo.InvariantCulture, $"{_firstChat + index}\n");
                if (index % ChatsPerWrite != ChatsPerWrite - 1 && index != _chats - 1) continue;
                await stream.WriteAsync(Encoding.ASCII.GetBytes(lines.ToString()));
                lines.Clear();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
