using EdgeProxy.Simulator.Control;

namespace EdgeProxy.Simulator.Demo;

/// <summary>What the demo was asked for.</summary>
internal sealed class DemoOptions
{
    public int Seconds { get; private set; } = 20;

    /// <summary>Updates per second.</summary>
    public int Rate { get; private set; } = 300;
    public int Chats { get; private set; } = 200;

    /// <summary>Share of updates that are delivered twice.</summary>
    public double Duplicates { get; private set; } = 0.05;
    public int Seed { get; private set; } = 1;

    /// <summary>An executable or a .dll; null takes the one that was built together with the simulator.</summary>
    public string? ProxyPath { get; private set; }

    public static DemoOptions Parse(string[] args)
    {
        var options = new DemoOptions();
        var arguments = new Arguments(args);
        while (arguments.Next() is { } name)
        {
            switch (name)
            {
                case "--seconds":
                    options.Seconds = arguments.Number(name, 1, 3600);
                    break;
                case "--rate":
                    options.Rate = arguments.Number(name, 1, 20_000);
                    break;
                case "--chats":
                    options.Chats = arguments.Number(name, 1, 100_000);
                    break;
                case "--duplicates":
                    options.Duplicates = arguments.Fraction(name, 1);
                    break;
                case "--seed":
                    options.Seed = arguments.Number(name, 0, int.MaxValue);
                    break;
                case "--proxy":
                    options.ProxyPath = arguments.Text(name);
                    break;
                default:
                    throw new UsageException("unknown option " + name);
            }
        }

        return options;
    }
}
