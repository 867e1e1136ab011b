using System.Net.Sockets;
using System.Threading.Channels;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>One TCP connection: reads messages in order, writes answers in the order in which they were queued.</summary>
internal sealed class Connection(DataCentre centre, Socket socket)
{
    private const int UnknownKey = -404;

    /// <summary>Length zero, then the plain message: no key, its own id, its length.</summary>
    private const int PlainHeadBytes = 20;

    private readonly Channel<Func<byte[]>> _queue = Channel.CreateUnbounded<Func<byte[]>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly KeyExchange _exchange = new(centre.Rsa, centre.Time);

    public async Task RunAsync(CancellationToken stop)
    {
        socket.NoDelay = true;
        using var stream = new NetworkStream(socket, ownsSocket: true);
        using var frames = new Frames(stream);
        var writer = Task.CompletedTask;
        try
        {
            if (!await frames.BeginAsync(stop))
                return;
            writer = WriteAsync(frames, stop);
            while (await frames.ReadAsync(stop) is { } frame && Receive(frame))
            {
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException or TlException)
        {
            // The client went, we cut it off, or it sent nonsense: in each case the connection is over.
        }
        finally
        {
            // A client that no longer reads would keep the writer for ever.
            Abort();
            await writer;
            centre.Closed(this);
        }
    }

    /// <summary>A packet that was read before the end may still be worked on; its session must not be led back here.</summary>
    public bool IsOver { get; private set; }

    public void Send(Outgoing message) => _queue.Writer.TryWrite(() => Packet.Encrypt(message));

    /// <summary>Cuts the connection with a reset; what is queued is lost.</summary>
    public void Abort()
    {
        IsOver = true;
        _queue.Writer.TryComplete();
        try
        {
            socket.Close(0);
        }
        catch (SocketException)
        {
            // It was gone already.
        }
    }

    private async Task WriteAsync(Frames frames, CancellationToken stop)
    {
        try
        {
            await foreach (var message in _queue.Reader.ReadAllAsync(stop))
                await frames.WriteAsync(message(), stop);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or SocketException)
        {
            // The reader sees the same end.
        }
    }

    /// <returns>False when the connection must go.</returns>
    private bool Receive(byte[] frame)
    {
        if (frame.Length < PlainHeadBytes)
            return false;
        var keyId = BitConverter.ToInt64(frame);
        if (keyId == 0)
            return ReceivePlain(frame);
        var key = centre.FindKey(keyId);
        if (key is null)
        {
            _queue.Writer.TryWrite(() => BitConverter.GetBytes(UnknownKey));
            return true;
        }

        var packet = Packet.Decrypt(key.Key, frame);
        if (packet is null)
            return false;
        centre.Router.Receive(this, key, packet);
        return true;
    }

    private bool ReceivePlain(byte[] frame)
    {
        var answer = _exchange.Handle(new TlReader(frame.AsMemory(PlainHeadBytes)).Object());
        if (answer is null)
            return false;
        if (answer.Name == "dh_gen_ok")
            centre.AddKey(_exchange.Created!);
        var body = TlWriter.Boxed(answer);
        var plain = new TlWriter().Long(0).Long(centre.NextMessageId(isAnswer: true)).Int(body.Length).Raw(body).ToArray();
        _queue.Writer.TryWrite(() => plain);
        return true;
    }
}
