using System.Net;
using System.Net.Http.Headers;

namespace EdgeProxy.Telegram;

/// <summary>
/// The content of one attempt, which tells whether bytes of the call may have left. Why it can: the handler gathers the request's head in a buffer
/// and asks for the content before it flushes; as long as it has not asked, no whole request can be at the other side.
/// </summary>
/// <param name="inner">The real content; disposed with this one.</param>
/// <param name="repeatable">
/// The handler may ask again. It does so only when the first request provably was not acted upon (HTTP/2: GOAWAY below our stream, REFUSED_STREAM;
/// RFC 9113 §6.8, §8.7).
/// </param>
/// <param name="clock">Ends the attempt: pushed back while bytes move, then set to the wait for the answer.</param>
/// <param name="answer">That wait.</param>
/// <param name="stall">Longest time without progress.</param>
/// <param name="mayLeave">Asked before anything leaves: false stops it. See OutgoingCall.MayLeave.</param>
internal sealed class OneSendContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly bool _repeatable;
    private readonly CancellationTokenSource _clock;
    private readonly TimeSpan _answer;
    private readonly TimeSpan _stall;
    private readonly Func<bool>? _mayLeave;

    public OneSendContent(HttpContent inner, bool repeatable, CancellationTokenSource clock, TimeSpan answer, TimeSpan stall, Func<bool>? mayLeave = null)
    {
        (_inner, _repeatable, _clock, _answer, _stall, _mayLeave) = (inner, repeatable, clock, answer, stall, mayLeave);
        foreach (KeyValuePair<string, HeaderStringValues> header in inner.Headers.NonValidated)
        {
            foreach (string value in header.Value) Headers.TryAddWithoutValidation(header.Key, value);
        }
    }

    /// <summary>Bytes of the call may have left.</summary>
    public bool Started { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (Started && !_repeatable) throw new IOException("a stream can be sent once only");
        if (_mayLeave is not null && !_mayLeave()) throw new IOException("it may not leave any more");
        Started = true;
        if (_repeatable)
        {
            await _inner.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _clock.CancelAfter(_stall);
            var progress = new ProgressStream(stream, _clock, _stall);
            await using (progress.ConfigureAwait(false))
            {
                await _inner.CopyToAsync(progress, context, cancellationToken).ConfigureAwait(false);
            }
        }

        _clock.CancelAfter(_answer);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inner.Dispose();
        base.Dispose(disposing);
    }
}
