using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;

namespace EdgeProxy.Outbox;

/// <summary>Whether the fields of a request to send fit together and the key may send it; makes of them what the store takes.</summary>
internal sealed class MessageCheck(BotAccess access, MessageApiSettings settings, TimeProvider time)
{
    private const string IdempotencyHeader = "Idempotency-Key";

    public Problem? Message(ApiRequest request, MessageDraft draft, IReadOnlyList<StoredUpload> uploads, out NewMessage? message)
    {
        message = null;
        if (access.Resolve(request.Key, draft.Bot, out Bot? bot) is { } foreign) return foreign;
        if (Common(request, draft, uploads, out ApiMethod method) is { } problem) return problem;
        byte[] parameters = draft.Call.ToJson();
        OutgoingCall call = CallScan.Json(method, parameters);
        ChatTarget chat = draft.Chat.IsNone ? call.Chat : draft.Chat;
        if (chat.IsNone) return ApiProblems.Field("chat_id", "is missing; " + ChatField.Forms);
        bool isMtproto = draft.Transport == Transport.Mtproto;
        if (isMtproto && !settings.HasMtproto) return ApiProblems.Field("transport", "needs Mtproto and Mtproto:DefaultAccount in the configuration");
        if (isMtproto && MtprotoCall.Check(method, parameters, chat, uploads.Count > 0) is { } unfit) return unfit;
        // There a resend cannot double it, so no doubt is left to decide about.
        if (isMtproto) draft.OnUnknown = OnUnknown.Resend;
        message = new NewMessage
        {
            Bot = bot!,
            Method = method.Name,
            Parameters = parameters,
            Chat = chat,
            Weight = call.Weight,
            Paid = call.Paid,
            Priority = draft.Priority,
            NotBeforeUnixMs = draft.NotBeforeUnixMs,
            ExpiresAtUnixMs = draft.ExpiresAtUnixMs,
            CallbackUrl = draft.CallbackUrl,
            OnUnknown = draft.OnUnknown,
            Transport = draft.Transport,
            IdempotencyKey = draft.IdempotencyKey,
            RequestHash = draft.IdempotencyKey is null ? default : Hash(draft, method, parameters, uploads),
            Uploads = uploads,
        };
        return null;
    }

    public Problem? Broadcast(ApiRequest request, MessageDraft draft, out NewBroadcast? broadcast)
    {
        broadcast = null;
        if (access.Resolve(request.Key, draft.Bot, out Bot? bot) is { } foreign) return foreign;
        if (Common(request, draft, [], out ApiMethod method) is { } problem) return problem;
        if (method.Kind != MethodKind.Send) return ApiProblems.Field("method", $"{method.Name} edits a message, which a broadcast cannot; use a send method");
        if (!draft.Chat.IsNone) return ApiProblems.Field("params.chat_id", "does not belong here; each chat is a line of its own");
        byte[] parameters = draft.Call.ToJson();
        OutgoingCall call = CallScan.Json(method, parameters);
        broadcast = new NewBroadcast
        {
            Bot = bot!,
            Name = draft.Name ?? "",
            Method = method.Name,
            Parameters = parameters,
            Weight = call.Weight,
            Paid = call.Paid,
            NotBeforeUnixMs = draft.NotBeforeUnixMs,
            ExpiresAtUnixMs = draft.ExpiresAtUnixMs,
            CallbackUrl = draft.CallbackUrl,
            OnUnknown = draft.OnUnknown,
            IdempotencyKey = draft.IdempotencyKey,
            RequestHash = draft.IdempotencyKey is null ? default : Hash(draft, method, parameters, []),
        };
        return null;
    }

    // What messages and broadcasts have in common.
    private Problem? Common(ApiRequest request, MessageDraft draft, IReadOnlyList<StoredUpload> uploads, out ApiMethod method)
    {
        method = ApiMethod.Of(draft.Method ?? "sendMessage");
        bool takesText = method.Name is "sendMessage" or "editMessageText" or "editEphemeralMessageText";
        if (draft.Method is null && !draft.Call.Has("text")) return ApiProblems.Field("text", "is missing; write text, or method and params");
        if (draft.Call.Has("text") && !takesText)
        {
            return ApiProblems.Field("text", $"is no parameter of {method.Name}; write params.caption, or leave method out");
        }

        return Header(request, draft) ?? Times(draft) ?? Callback(draft) ?? Parts(draft, uploads);
    }

    private static Problem? Header(ApiRequest request, MessageDraft draft)
    {
        string? header = request.Context.Request.Headers[IdempotencyHeader];
        if (string.IsNullOrEmpty(header)) return null;
        if (MessageReader.KeyError(header) is { } wrong) return ApiProblems.Field(IdempotencyHeader, wrong);
        if (draft.IdempotencyKey is { } field && field != header)
        {
            return ApiProblems.Field(IdempotencyHeader, "differs from idempotency_key in the body; give one of them");
        }

        draft.IdempotencyKey = header;
        return null;
    }

    // A time that has passed is no error: the same request under its key must be answered the same later. The message then is expired.
    private Problem? Times(MessageDraft draft)
    {
        long horizonMs = time.GetUtcNow().AddDays(Limits.OutboxHorizonDays).ToUnixTimeMilliseconds();
        if (draft.NotBeforeUnixMs > horizonMs) return ApiProblems.Field("not_before", $"is over {Limits.OutboxHorizonDays} days ahead");
        if (draft.ExpiresAtUnixMs > horizonMs) return ApiProblems.Field("expires_at", $"is over {Limits.OutboxHorizonDays} days ahead");
        bool never = draft.ExpiresAtUnixMs > 0 && draft.ExpiresAtUnixMs <= draft.NotBeforeUnixMs;
        return never ? ApiProblems.Field("expires_at", "is not after not_before, so the message could never be sent") : null;
    }

    private Problem? Callback(MessageDraft draft)
    {
        if (draft.CallbackUrl is null || !settings.CallbackSecret.IsEmpty) return null;
        return ApiProblems.Field("callback_url", $"cannot be signed: set {MessageApiSettings.CallbackSecretName} in the configuration, or leave it out");
    }

    // Every attach://name has its part and every part is used. A part named like a parameter that is not given is that parameter.
    private static Problem? Parts(MessageDraft draft, IReadOnlyList<StoredUpload> uploads)
    {
        HashSet<string> wanted = draft.Call.Attachments();
        foreach (StoredUpload upload in uploads)
        {
            string part = upload.Part;
            if (wanted.Remove(part)) continue;
            if (draft.Call.Has(part)) return ApiProblems.Field(part, $"is uploaded, but params.{part} says something else; write \"attach://{part}\" there");
            draft.Call.Add(part, "attach://" + part);
        }

        return wanted.Count == 0 ? null : ApiProblems.Field(wanted.First(), $"is named by attach://{wanted.First()}, but no multipart part has that name");
    }

    // What makes two requests the same: everything that decides what is sent, when, and who hears of it.
    private static byte[] Hash(MessageDraft draft, ApiMethod method, byte[] parameters, IReadOnlyList<StoredUpload> uploads)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Encoding.UTF8.GetBytes(method.Name));
        Append(hash, parameters);
        Append(hash, Encoding.UTF8.GetBytes(draft.CallbackUrl?.AbsoluteUri ?? ""));
        Append(hash, Encoding.UTF8.GetBytes(draft.Name ?? ""));
        Span<byte> numbers = stackalloc byte[19];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, draft.NotBeforeUnixMs);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], draft.ExpiresAtUnixMs);
        numbers[16] = (byte)draft.Priority;
        numbers[17] = (byte)draft.OnUnknown;
        numbers[18] = (byte)((draft.Paused ? 1 : 0) | ((int)draft.Transport << 1));
        hash.AppendData(numbers);
        foreach (StoredUpload upload in uploads.OrderBy(upload => upload.Part, StringComparer.Ordinal))
        {
            Append(hash, Encoding.UTF8.GetBytes(upload.Part));
            Append(hash, Encoding.UTF8.GetBytes(upload.FileName));
            Append(hash, upload.Sha256.Span);
        }

        return hash.GetHashAndReset();
    }

    // The length goes before the bytes, so that no two lists of fields give the same row of bytes.
    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
