namespace EdgeProxy.Telegram;

/// <summary>What the lanes need of a call, gathered field by field in whatever order they come. A doubled field: the last one counts.</summary>
internal struct CallFields
{
    public ChatTarget Chat;

    /// <summary>At least 1.</summary>
    public int Weight;
    public bool Paid;

    /// <summary>Looks at one field: its name and its value as text (a form's or multipart's, decoded).</summary>
    public void Take(ApiMethod method, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        (_, _, _) = (method.Name, name.Length, value.Length);
    }

    /// <summary>Nothing that could still come would change the lane or the weight: a stream need not be read further.</summary>
    public readonly bool IsComplete(ApiMethod method) => method.Kind == MethodKind.Free || !Chat.IsNone;
}
