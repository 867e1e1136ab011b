using System.Globalization;

namespace EdgeProxy.Simulator.Control;

/// <summary>Reads "--name value" pairs and flags; complains by name.</summary>
internal sealed class Arguments(string[] args)
{
    private int _next;

    /// <summary>The next option's name; null at the end.</summary>
    public string? Next() => _next < args.Length ? args[_next++] : null;

    public string Text(string option) =>
        _next < args.Length ? args[_next++] : throw new UsageException(option + " needs a value");

    public int Number(string option, int min, int max) =>
        int.TryParse(Text(option), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw new UsageException($"{option} needs a number from {min} to {max}");

    public double Fraction(string option, double max) =>
        double.TryParse(Text(option), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value <= max
            ? value
            : throw new UsageException($"{option} needs a number from 0 to {max}");
}
