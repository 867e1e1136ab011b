using EdgeProxy.FakeDc.Control;
using EdgeProxy.FakeDc.Tl;
using EdgeProxy.FakeDc.Wire;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>
/// A call from its arrival to its answer: 1. unwrap, 2. count, 3. faults that come before, 4. run, 5. faults that come after, 6. answer.
/// </summary>
internal sealed class Dispatcher
{
    private readonly DataCentre _centre;
    private readonly Dictionary<string, Func<Call, object>> _locked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<Call, object>> _unlocked = new(StringComparer.Ordinal);

    public Dispatcher(DataCentre centre)
    {
        _centre = centre;
        new HelpMethods(centre).Register(_locked);
        new AuthMethods(centre).Register(_locked);
        new UserMethods(centre).Register(_locked);
        new ChannelMethods(centre).Register(_locked);
        new MemberMethods(centre).Register(_locked);
        new TopicMethods(centre).Register(_locked);
        new DialogMethods(centre).Register(_locked);
        new HistoryMethods(centre).Register(_locked);
        new StickerMethods(centre).Register(_locked);
        new FileMethods(centre).Register(_unlocked);
        new SendMethods(centre).Register(_unlocked);
    }

    public void Begin(Session session, Incoming message)
    {
        if (message.Object is null)
        {
            var name = message.Fault!.UnknownMethod;
            _centre.Counters.CountUnknown(name ?? message.Fault.Message);
            AnswerError(session, message.MessageId, new RpcException(400, name is null ? "INPUT_REQUEST_INVALID" : "METHOD_NOT_FOUND"));
            return;
        }

        var call = new Call(session, message.MessageId, Unwrap(session, message.Object), CallerOf(session));
        _centre.Counters.Count(call.Request.Name);
        var fault = _centre.Faults.Take(call.Request.Name, call.Peer, call.Caller?.Id ?? 0);
        if (fault?.Kind == FaultKind.Delay)
            _ = DelayAsync(call, fault);
        else
            Finish(call, fault);
    }

    private async Task DelayAsync(Call call, FaultRule fault)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(fault.Ms), _centre.Time);
        Finish(call, null);
    }

    private void Finish(Call call, FaultRule? fault)
    {
        switch (fault?.Kind)
        {
            case FaultKind.FloodWait:
                AnswerError(call.Session, call.MessageId, new RpcException(420, "FLOOD_WAIT_" + fault.Seconds));
                return;
            case FaultKind.Error:
                AnswerError(call.Session, call.MessageId, new RpcException(fault.Code, fault.Message));
                return;
            case FaultKind.DropBefore:
                lock (_centre.Gate)
                    call.Session.Forget(call.MessageId);
                call.Session.Connection?.Abort();
                return;
        }

        object result;
        try
        {
            result = Run(call);
        }
        catch (RpcException e)
        {
            AnswerError(call.Session, call.MessageId, e);
            return;
        }
        catch (TlException e)
        {
            // An optional object that the method cannot do without.
            _centre.Counters.CountUnknown(call.Request.Name + ": " + e.Message);
            AnswerError(call.Session, call.MessageId, RpcException.Bad("INPUT_REQUEST_INVALID"));
            return;
        }
        catch (Exception e)
        {
            // A bug of this data centre: it is said aloud and listed, and the other clients go on.
            _centre.Counters.CountUnknown($"{call.Request.Name} failed: {e.GetType().Name}: {e.Message}");
            Console.Error.WriteLine(e);
            AnswerError(call.Session, call.MessageId, new RpcException(500, "FAKE_DC_BUG"));
            return;
        }

        if (fault?.Kind == FaultKind.DropAfter)
            DropAfter(call, result, fault.Lose);
        else if (fault?.Kind == FaultKind.ErrorAfter)
            AnswerError(call.Session, call.MessageId, new RpcException(fault.Code, fault.Message));
        else
            _centre.Router.Answer(call.Session, call.MessageId, result, mayPack: call.Request.Name != "upload.getFile");
    }

    private object Run(Call call)
    {
        if (_unlocked.TryGetValue(call.Request.Name, out var free))
            return free(call);
        if (!_locked.TryGetValue(call.Request.Name, out var method))
        {
            _centre.Counters.CountUnknown(call.Request.Name);
            throw new RpcException(400, "METHOD_NOT_FOUND");
        }

        lock (_centre.Gate)
            return method(call);
    }

    /// <summary>What is done is done; how the client can learn of it is the fault's choice.</summary>
    private void DropAfter(Call call, object result, LostPart lose)
    {
        var connection = call.Session.Connection;
        connection?.Abort();
        lock (_centre.Gate)
        {
            switch (lose)
            {
                case LostPart.Nothing:
                    _centre.Router.Answer(call.Session, call.MessageId, result, mayPack: false);
                    break;
                case LostPart.Answer:
                    call.Session.Forget(call.MessageId);
                    break;
                case LostPart.Session:
                    call.Session.Key.Sessions.Remove(call.Session.Id);
                    break;
            }
        }
    }

    private void AnswerError(Session session, long messageId, RpcException e)
    {
        _centre.Counters.CountError(e.Error);
        _centre.Router.Answer(
            session, messageId, new TlObject("rpc_error") { ["error_code"] = e.Code, ["error_message"] = e.Error }, mayPack: false);
    }

    private TlObject Unwrap(Session session, TlObject request)
    {
        while (true)
        {
            switch (request.Name)
            {
                case "invokeWithLayer":
                    session.Key.Permanent.Layer = request.Int("layer");
                    break;
                case "initConnection":
                    session.Key.Permanent.Device = request.Text("device_model");
                    break;
                case "invokeAfterMsg" or "invokeWithoutUpdates":
                    break;
                default:
                    return request;
            }

            request = request.Object("query");
        }
    }

    private Telegram.User? CallerOf(Session session)
    {
        lock (_centre.Gate)
        {
            var key = session.Key;
            return key.ExpiresAt != 0 && key.BoundTo is null ? null : _centre.World.FindUser(key.Permanent.UserId);
        }
    }
}
