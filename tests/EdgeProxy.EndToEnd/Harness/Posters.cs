using System.Collections.Concurrent;

namespace EdgeProxy.EndToEnd.Harness;

/// <summary>
/// Posts letters as a careful service does: under an idempotency key, and again, the same request, until an answer came. Each poster has its own
/// chats and posts one letter after the other, so that the order in a chat is the order of its letters. How many may be posted is released bit by bit.
/// </summary>
internal sealed class Posters(OutboxClient client) : IDisposable
{
    private readonly ConcurrentDictionary<string, string> _ids = new();
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly SemaphoreSlim _released = new(0);
    private readonly List<Task> _running = [];
    private int _posts;
    private int _repeats;
    private int _repeated;

    /// <summary>Ids by marker, of letters that were accepted.</summary>
    public IReadOnlyDictionary<string, string> Ids => _ids;

    /// <summary>Answers that should not have come.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    public int Posts => _posts;

    /// <summary>Posts of a letter after the first, because its answer was lost or to see whether the same one is told.</summary>
    public int Repeats => _repeats;

    /// <summary>Posts that were answered with 200: the letter was known.</summary>
    public int Repeated => _repeated;

    public void Start(IEnumerable<Letter> letters) => _running.Add(Task.Run(() => PostAllAsync([.. letters])));

    public void Release(int count) => _released.Release(count);

    /// <summary>Waits until all are posted, within a bound; a failure of a poster comes out here.</summary>
    public Task EndAsync(TimeSpan bound) => Task.WhenAll(_running).WaitAsync(bound);

    public void Dispose() => _released.Dispose();

    private async Task PostAllAsync(Letter[] letters)
    {
        for (var i = 0; i < letters.Length; i++)
        {
            await _released.WaitAsync();
            await PostAsync(letters[i]);
            // Now and then an old one again, however it stands by now: it must be the same one.
            if (i % 8 == 7)
                await PostAsync(letters[i / 2]);
        }
    }

    private async Task PostAsync(Letter letter)
    {
        for (var attempt = 0; ; attempt++)
        {
            Interlocked.Increment(ref _posts);
            if (attempt > 0 || _ids.ContainsKey(letter.Marker))
                Interlocked.Increment(ref _repeats);
            var reply = await client.PostAsync(letter.Json, letter.Marker);
            if (reply.Status is 200 or 202)
            {
                Note(letter, reply);
                return;
            }

            if (reply.Status is not (0 or 503) || (reply.Status == 503 && reply.RetryAfterS is null))
            {
                _wrong.Enqueue($"{letter.Marker}: {reply.Status}, Retry-After {reply.RetryAfterS}, {reply.Body}");
                return;
            }

            await Task.Delay(10);
        }
    }

    private void Note(Letter letter, OutboxReply reply)
    {
        if (reply.Status == 200)
            Interlocked.Increment(ref _repeated);
        if (!_ids.TryAdd(letter.Marker, reply.Id) && (reply.Status == 202 || _ids[letter.Marker] != reply.Id))
            _wrong.Enqueue($"{letter.Marker} was {_ids[letter.Marker]} and is {reply.Id} with a {reply.Status}");
    }
}
