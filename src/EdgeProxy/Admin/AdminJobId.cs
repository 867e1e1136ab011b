using System.Globalization;

namespace EdgeProxy.Admin;

/// <summary>A job's id: rises with time, so that new rows come last. Written as 16 hexadecimal digits.</summary>
internal readonly record struct AdminJobId(long Value)
{
    public static bool TryParse(string? text, out AdminJobId id)
    {
        bool read = long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long value) && text!.Length == 16 && value > 0;
        id = new AdminJobId(value);
        return read;
    }

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);
}
