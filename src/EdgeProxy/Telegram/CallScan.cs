using System.Buffers;
using System.Text.Json;

namespace EdgeProxy.Telegram;

/// <summary>Finds in a call's parameters what the lanes need: chat_id or inline_message_id, the weight, allow_paid_broadcast. Never throws.</summary>
internal static class CallScan
{
    private const int StackBytes = 256;

    /// <summary>
    /// The call of a JSON object. Numbers may be strings and arrays may be JSON strings, as Telegram allows. A body that is not one JSON object still
    /// makes a call, to the chat that was named before the mistake: Telegram words the refusal, or forgives it.
    /// </summary>
    public static OutgoingCall Json(ApiMethod method, ReadOnlyMemory<byte> body)
    {
        CallFields fields = default;
        ReadOnlySpan<byte> text = body.Span;
        JsonScan scan = new(text);
        scan.BeginObject();
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            scan.Peek();
            int start = scan.Position;
            scan.SkipValue();
            if (!scan.Failed) TakeJson(ref fields, method, key, text[start..scan.Position]);
        }

        scan.ExpectEnd();
        OutgoingCall call = Call(method, new BufferedBody(CallEncoding.Json, body, "application/json"), fields);
        return scan.Failed && call.Chat.IsNone ? call with { Chat = ChatTarget.Unreadable } : call;
    }

    /// <summary>The call of an application/x-www-form-urlencoded body or a query string without its question mark.</summary>
    public static OutgoingCall Form(ApiMethod method, ReadOnlyMemory<byte> body)
    {
        CallFields fields = default;
        TakeForm(ref fields, method, body.Span);
        return Call(method, new BufferedBody(CallEncoding.Form, body, "application/x-www-form-urlencoded"), fields);
    }

    /// <summary>Feeds the fields of a form or of a query string without its question mark.</summary>
    public static void TakeForm(ref CallFields fields, ApiMethod method, ReadOnlySpan<byte> form)
    {
        FormPairs pairs = new(form);
        while (pairs.Next(out Range name, out Range value))
        {
            TakePair(ref fields, method, form[name], form[value]);
        }
    }

    /// <summary>Where the value of the chat_id that counts stands in a JSON object, quotes included; false when there is none.</summary>
    public static bool FindChatIdJson(ReadOnlySpan<byte> body, out Range value)
    {
        value = default;
        bool found = false;
        JsonScan scan = new(body);
        scan.BeginObject();
        Span<byte> buffer = stackalloc byte[StackBytes];
        while (scan.NextKey(out ReadOnlySpan<byte> key))
        {
            scan.Peek();
            int start = scan.Position;
            scan.SkipValue();
            if (found || key.Length > StackBytes || !Unescape(key, buffer, out int length) || !buffer[..length].SequenceEqual("chat_id"u8)) continue;
            (found, value) = (true, start..scan.Position);
        }

        scan.ExpectEnd();
        return found && !scan.Failed;
    }

    private static void TakePair(ref CallFields fields, ApiMethod method, ReadOnlySpan<byte> rawName, ReadOnlySpan<byte> rawValue)
    {
        int size = rawName.Length + rawValue.Length;
        byte[]? rented = size > StackBytes ? ArrayPool<byte>.Shared.Rent(size) : null;
        Span<byte> buffer = rented ?? stackalloc byte[StackBytes];
        ReadOnlySpan<byte> key = buffer[..FormPairs.Decode(rawName, buffer)];
        if (CallFields.Wants(method, key))
        {
            Span<byte> rest = buffer[key.Length..];
            fields.Take(method, key, rest[..FormPairs.Decode(rawValue, rest)]);
        }

        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    private static void TakeJson(ref CallFields fields, ApiMethod method, ReadOnlySpan<byte> rawKey, ReadOnlySpan<byte> rawValue)
    {
        Span<byte> keyBuffer = stackalloc byte[StackBytes];
        scoped ReadOnlySpan<byte> key = rawKey;
        if (rawKey.Contains((byte)'\\'))
        {
            // Names that matter are short even when every letter is an escape.
            if (rawKey.Length > StackBytes || !Unescape(rawKey, keyBuffer, out int length)) return;
            key = keyBuffer[..length];
        }

        if (!CallFields.Wants(method, key)) return;
        if (rawValue[0] != '"')
        {
            fields.Take(method, key, rawValue);
            return;
        }

        ReadOnlySpan<byte> quoted = rawValue[1..^1];
        byte[]? rented = quoted.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(quoted.Length) : null;
        Span<byte> buffer = rented ?? stackalloc byte[StackBytes];
        fields.Take(method, key, Unescape(quoted, buffer, out int bytes) ? buffer[..bytes] : default);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
    }

    // The scan proved the syntax; what can still fail is a lone surrogate escape, which no UTF-8 may hold: then it is no name and no value we know.
    private static bool Unescape(ReadOnlySpan<byte> raw, Span<byte> target, out int length)
    {
        length = raw.Length;
        if (!raw.Contains((byte)'\\'))
        {
            raw.CopyTo(target);
            return true;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(raw.Length + 2);
        try
        {
            rented[0] = rented[raw.Length + 1] = (byte)'"';
            raw.CopyTo(rented.AsSpan(1));
            Utf8JsonReader reader = new(rented.AsSpan(0, raw.Length + 2));
            reader.Read();
            length = reader.CopyString(target);
            return true;
        }
        catch (Exception error) when (error is InvalidOperationException or JsonException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static OutgoingCall Call(ApiMethod method, CallBody body, in CallFields fields) =>
        new() { Method = method, Body = body, Chat = fields.Chat, Weight = fields.Weight, Paid = fields.Paid };
}
