using System.Collections.Frozen;

namespace EdgeProxy.Telegram;

/// <summary>A method of the Bot API and how it is to be treated. Names are case-insensitive (TELEGRAM-FACTS, Errors).</summary>
internal sealed class ApiMethod
{
    private static readonly FrozenDictionary<string, ApiMethod> Known = new ApiMethod[]
    {
        new("sendMessage", MethodKind.Send),
    }.ToFrozenDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);

    private ApiMethod(string name, MethodKind kind)
    {
        Name = name;
        Kind = kind;
    }

    /// <summary>As the Bot API spells it; an unknown method as the caller wrote it.</summary>
    public string Name { get; }
    public MethodKind Kind { get; }

    /// <summary>The method of that name. An unknown one is <see cref="MethodKind.Free"/> and passes through.</summary>
    public static ApiMethod Of(string name) => Known.TryGetValue(name, out ApiMethod? method) ? method : new ApiMethod(name, MethodKind.Free);
}
