using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EdgeProxy.Admin;

/// <summary>
/// Telegram takes a random_id once (RANDOM_ID_DUPLICATE): when it follows from the job and the step, a repetition after a doubt cannot double anything.
/// </summary>
internal static class RandomIds
{
    /// <param name="seed">Of the job: its caller, key and id.</param>
    /// <param name="step">The step's number.</param>
    /// <returns>A 64-bit number in decimal; never 0.</returns>
    public static string Of(string seed, int step)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"edgeproxy admin {seed} {step}");
        long id = BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        return (id == 0 ? 1 : id).ToString(CultureInfo.InvariantCulture);
    }
}
