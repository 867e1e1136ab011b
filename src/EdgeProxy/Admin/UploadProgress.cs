using System.Globalization;

namespace EdgeProxy.Admin;

/// <summary>How far a file came: the memo of its receiving step, "bytes total".</summary>
/// <param name="Bytes">Stored at Telegram, in whole parts or to the end.</param>
/// <param name="Total">Of the file.</param>
internal readonly record struct UploadProgress(long Bytes, long Total)
{
    public static UploadProgress? Read(string? memo)
    {
        if (memo?.Split(' ') is not [string bytes, string total]) return null;
        return new UploadProgress(long.Parse(bytes, CultureInfo.InvariantCulture), long.Parse(total, CultureInfo.InvariantCulture));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Bytes} {Total}");
}
