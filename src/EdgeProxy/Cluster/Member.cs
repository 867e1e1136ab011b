using System.Globalization;
using System.Text;

namespace EdgeProxy.Cluster;

/// <summary>One process of the cluster.</summary>
/// <param name="Id">16 hexadecimal digits, drawn anew at each start.</param>
/// <param name="Host">Name of its machine or container.</param>
/// <param name="Pid">Its process id there.</param>
/// <param name="StartedUnixMs">When it started, by its own clock.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Address">Where it listens, as configured.</param>
internal sealed record Member(string Id, string Host, int Pid, long StartedUnixMs, string Version, string Address)
{
    private const char Separator = '\t';
    private const int Fields = 5;

    /// <summary>Its value beside its id; later versions may add fields at the end.</summary>
    public byte[] Encode() => Encoding.UTF8.GetBytes(
        string.Join(Separator, Clean(Host), Pid.ToString(CultureInfo.InvariantCulture), StartedUnixMs.ToString(CultureInfo.InvariantCulture), Clean(Version),
            Clean(Address)));

    /// <summary>A value that this version cannot read is still a member, with what can be told of it.</summary>
    public static Member Decode(ReadOnlySpan<byte> id, ReadOnlySpan<byte> value)
    {
        string name = Encoding.UTF8.GetString(id);
        string[] fields = Encoding.UTF8.GetString(value).Split(Separator);
        if (fields.Length < Fields) return new Member(name, "?", 0, 0, "?", "?");
        _ = int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int pid);
        _ = long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out long started);
        return new Member(name, fields[0], pid, started, fields[3], fields[4]);
    }

    private static string Clean(string field) => field.Replace(Separator, ' ');
}
