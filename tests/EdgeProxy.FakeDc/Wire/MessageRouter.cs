using EdgeProxy.FakeDc.Methods;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Wire;

/// <summary>
/// What MTProto itself says between calls: salts, acknowledgements, pings, states of messages. Calls go on to <see cref="Dispatcher"/>.
/// Source: core.telegram.org/mtproto/service_messages.
/// </summary>
internal sealed class MessageRouter(DataCentre centre)
{
    private const int TooOld = 16;
    private const int TooNew = 17;
    private const int NotDivisible = 18;
    private const int WrongSalt = 48;
    private const int BehindSecondsMax = 300;
    private const int AheadSecondsMax = 30;
    private const int SaltsMax = 64;

    private const int StateUnknown = 1;
    private const int StateReceived = 4;
    private const int StateAnswered = 64;

    private const int PackFromBytes = 2048;
    private const uint RpcResultId = 0xf35c6d01;

    public void Receive(Connection connection, AuthKey key, Packet packet)
    {
        var messages = Incoming.Read(packet);
        var calls = new List<Incoming>();
        Session session;
        lock (centre.Gate)
        {
            if (!key.Sessions.TryGetValue(packet.SessionId, out session!))
                key.Sessions.Add(packet.SessionId, session = new Session(key, packet.SessionId));
            if (Refusal(key, packet) is { } refusal)
            {
                session.Connection = connection;
                Send(session, refusal, content: false);
                return;
            }

            Attach(session, connection);
            if (!session.Announced)
            {
                session.Announced = true;
                Send(session, new TlObject("new_session_created")
                {
                    ["first_msg_id"] = messages.Count == 0 ? packet.MessageId : messages.Min(it => it.MessageId),
                    ["unique_id"] = session.UniqueId,
                    ["server_salt"] = key.Salt,
                }, content: true);
            }

            foreach (var message in messages)
            {
                if (message.Object is null || !Handle(session, message, message.Object))
                    calls.Add(message);
            }

            calls.RemoveAll(call => !IsNew(session, call.MessageId));
        }

        foreach (var call in calls)
            centre.Dispatcher.Begin(session, call);
    }

    /// <summary>Queues the answer to a call, remembers it for a lost connection, and packs what is worth it.</summary>
    public void Answer(Session session, long messageId, object result, bool mayPack)
    {
        var bytes = new TlWriter().Result(result).ToArray();
        if (mayPack && bytes.Length >= PackFromBytes && TlWriter.Packed(bytes) is { } packed && packed.Length < bytes.Length)
            bytes = packed;
        var body = new TlWriter().Id(RpcResultId).Long(messageId).Raw(bytes).ToArray();
        lock (centre.Gate)
        {
            var sent = Send(session, body, content: true);
            session.SetAnswer(messageId, sent.MessageId);
        }
    }

    private TlObject? Refusal(AuthKey key, Packet packet)
    {
        var sentAt = (int)(packet.MessageId >> 32);
        var code = packet.MessageId % 4 != 0 ? NotDivisible
            : sentAt < centre.Now - BehindSecondsMax ? TooOld
            : sentAt > centre.Now + AheadSecondsMax ? TooNew
            : key.Accepts(packet.Salt, centre.Now) ? 0 : WrongSalt;
        if (code == 0)
            return null;
        var refusal = new TlObject(code == WrongSalt ? "bad_server_salt" : "bad_msg_notification")
        {
            ["bad_msg_id"] = packet.MessageId,
            ["bad_msg_seqno"] = packet.SeqNo,
            ["error_code"] = code,
            ["new_server_salt"] = key.Salt,
        };
        centre.Counters.Count(refusal.Name);
        return refusal;
    }

    /// <summary>A session that comes back on another connection gets what it has not acknowledged once more.</summary>
    private static void Attach(Session session, Connection connection)
    {
        if (session.Connection == connection || connection.IsOver)
            return;
        session.Connection = connection;
        foreach (var message in session.Unacknowledged.Values)
            connection.Send(message with { Salt = session.Key.Salt });
    }

    private static bool IsNew(Session session, long messageId)
    {
        if (session.Remember(messageId))
            return true;
        // The call came before. If its answer stands, it is sent again; if it is still being worked on, the answer will come.
        if (session.Unacknowledged.TryGetValue(session.AnswerTo(messageId), out var answer))
            session.Connection?.Send(answer);
        return false;
    }

    /// <returns>False when the message is a call.</returns>
    private bool Handle(Session session, Incoming message, TlObject it)
    {
        switch (it.Name)
        {
            case "msgs_ack":
                foreach (var id in it.List("msg_ids"))
                    session.Unacknowledged.Remove((long)id);
                return true;
            case "ping" or "ping_delay_disconnect":
                Send(session, new TlObject("pong") { ["msg_id"] = message.MessageId, ["ping_id"] = it.Long("ping_id") }, content: false);
                return true;
            case "get_future_salts":
                Send(session, Salts(session.Key, message.MessageId, it.Int("num")), content: false);
                return true;
            case "msgs_state_req":
                var info = it.List("msg_ids").Select(id => State(session, (long)id)).ToArray();
                Send(session, new TlObject("msgs_state_info") { ["req_msg_id"] = message.MessageId, ["info"] = info }, content: false);
                return true;
            case "msg_resend_req":
                foreach (var id in it.List("msg_ids"))
                {
                    if (session.Unacknowledged.TryGetValue((long)id, out var again))
                        session.Connection?.Send(again);
                }

                return true;
            case "destroy_session":
                var destroyed = it.Long("session_id");
                var found = destroyed != session.Id && session.Key.Sessions.Remove(destroyed);
                Send(session, new TlObject(found ? "destroy_session_ok" : "destroy_session_none") { ["session_id"] = destroyed }, content: false);
                return true;
            case "destroy_auth_key":
                Send(session, new TlObject("destroy_auth_key_ok"), content: false);
                centre.RemoveKey(session.Key);
                return true;
            case "rpc_drop_answer":
                // The call is not stopped: it runs to its end on the same thread, so what the client hears is that it is done or unknown.
                Answer(session, message.MessageId, new TlObject("rpc_answer_unknown"), mayPack: false);
                return true;
            case "http_wait" or "msgs_state_info" or "msgs_all_info" or "msg_detailed_info" or "msg_new_detailed_info" or "new_session_created":
                return true;
            default:
                return false;
        }
    }

    private TlObject Salts(AuthKey key, long messageId, int count) => new("future_salts")
    {
        ["req_msg_id"] = messageId,
        ["now"] = centre.Now,
        ["salts"] = key.Announce(Math.Clamp(count, 1, SaltsMax), centre.Now)
            .Select(object (it) => new TlObject("future_salt") { ["valid_since"] = it.Since, ["valid_until"] = it.Until, ["salt"] = it.Salt })
            .ToList(),
    };

    private static byte State(Session session, long messageId) =>
        (byte)(!session.Received(messageId) ? StateUnknown : session.AnswerTo(messageId) == 0 ? StateReceived : StateReceived | StateAnswered);

    private void Send(Session session, TlObject it, bool content) => Send(session, TlWriter.Boxed(it), content);

    private Outgoing Send(Session session, byte[] body, bool content)
    {
        var message = new Outgoing(session.Key, session.Id, session.Key.Salt, centre.NextMessageId(isAnswer: true), session.NextSeqNo(content), body);
        if (content)
            session.Keep(message);
        session.Connection?.Send(message);
        return message;
    }
}
