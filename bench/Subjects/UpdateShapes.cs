namespace EdgeProxy.Bench.Subjects;

/// <summary>The simulator's update shapes, as Telegram puts them on the wire.</summary>
internal static class UpdateShapes
{
    /// <summary>A forum message with a reply: near the mean size of the mix.</summary>
    public const string Typical = "01_message_topic";

    public static IEnumerable<string> Names => typeof(UpdateShapes).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal);

    public static byte[] Read(string name)
    {
        using Stream stream = typeof(UpdateShapes).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException(name);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
