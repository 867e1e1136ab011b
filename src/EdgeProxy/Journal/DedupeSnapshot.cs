using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using EdgeProxy.Primitives;

namespace EdgeProxy.Journal;

/// <summary>
/// The dedupe window on disk, so that start-up reads only the segments behind <c>position</c>. File: position in 16 hex digits + ".dedupe".
/// Little-endian:
/// <code>
///   "EDGEPDDW" u64 │ version u32 │ CRC u32 of all that follows │ position i64 │ bots i32
///   per bot:        bot id i64 │ generations i32
///   per generation: number i64 │ intervals i32 │ (start i64, end i64)*
/// </code>
/// Written whole to a temporary name, fsynced, renamed: a snapshot is complete or it is not there. One that fails its CRC is ignored.
/// </summary>
internal static class DedupeSnapshot
{
    public const string Suffix = ".dedupe";
    public const uint CurrentVersion = 1;
    private const ulong Magic = 0x5744445045474445;
    private const int PrefixBytes = 16;

    public static byte[] Encode(DedupeWindow window, long position)
    {
        var w = new ArrayBufferWriter<byte>(4096);
        PutInt64(w, unchecked((long)Magic));
        PutInt32(w, (int)CurrentVersion);
        PutInt32(w, 0);
        PutInt64(w, position);
        PutInt32(w, window.Bots.Count);
        foreach (var (botId, bot) in window.Bots)
        {
            PutInt64(w, botId);
            PutInt32(w, bot.Generations.Count);
            foreach (var generation in bot.Generations)
                PutGeneration(w, generation);
        }
        var bytes = w.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Crc32C.Compute(bytes.AsSpan(PrefixBytes)));
        return bytes;
    }

    /// <summary>
    /// Null when the bytes are damaged or of a version that this program does not know: a snapshot can always be rebuilt.
    /// </summary>
    public static DedupeWindow? Decode(ReadOnlySpan<byte> bytes, out long position)
    {
        position = 0;
        if (bytes.Length < PrefixBytes + 12 || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != CurrentVersion ||
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Crc32C.Compute(bytes[PrefixBytes..]))
            return null;
        var at = PrefixBytes;
        position = TakeInt64(bytes, ref at);
        var window = new DedupeWindow();
        for (var bots = TakeInt32(bytes, ref at); bots > 0; bots--)
        {
            var botId = TakeInt64(bytes, ref at);
            for (var generations = TakeInt32(bytes, ref at); generations > 0; generations--)
                window.Load(botId, TakeGeneration(bytes, ref at));
        }
        return window;
    }

    /// <summary>Writes the snapshot durably and removes those that it makes superfluous. Throws IOException.</summary>
    public static void Save(string folder, long position, ReadOnlySpan<byte> bytes)
    {
        var path = PathOf(folder, position);
        var temporary = path + ".tmp";
        using (var file = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            RandomAccess.Write(file, bytes, 0);
            NativeFile.DataSync(file);
        }
        File.Move(temporary, path, overwrite: true);
        NativeFile.SyncFolder(folder);
        var all = List(folder);
        for (var i = Limits.DedupeSnapshotsKept; i < all.Count; i++)
            File.Delete(all[i].Path);
    }

    /// <summary>All snapshots, newest first.</summary>
    public static List<(long Position, string Path)> List(string folder)
    {
        var found = new List<(long Position, string Path)>();
        foreach (var path in Directory.EnumerateFiles(folder, "*" + Suffix))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            if (long.TryParse(name, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var position))
                found.Add((position, path));
        }
        found.Sort(static (a, b) => b.Position.CompareTo(a.Position));
        return found;
    }

    public static string PathOf(string folder, long position) =>
        Path.Combine(folder, position.ToString("x16", CultureInfo.InvariantCulture) + Suffix);

    private static void PutGeneration(ArrayBufferWriter<byte> w, DedupeGeneration generation)
    {
        PutInt64(w, generation.Number);
        PutInt32(w, generation.Ids.Count);
        for (var i = 0; i < generation.Ids.Count; i++)
        {
            PutInt64(w, generation.Ids.Starts[i]);
            PutInt64(w, generation.Ids.Ends[i]);
        }
    }

    private static DedupeGeneration TakeGeneration(ReadOnlySpan<byte> bytes, ref int at)
    {
        var generation = new DedupeGeneration(TakeInt64(bytes, ref at), new IntervalSet());
        for (var intervals = TakeInt32(bytes, ref at); intervals > 0; intervals--)
        {
            var start = TakeInt64(bytes, ref at);
            generation.Ids.TryAppendInterval(start, TakeInt64(bytes, ref at));
        }
        return generation;
    }

    private static void PutInt64(ArrayBufferWriter<byte> w, long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(w.GetSpan(8), value);
        w.Advance(8);
    }

    private static void PutInt32(ArrayBufferWriter<byte> w, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(w.GetSpan(4), value);
        w.Advance(4);
    }

    private static long TakeInt64(ReadOnlySpan<byte> bytes, ref int at)
    {
        at += 8;
        return BinaryPrimitives.ReadInt64LittleEndian(bytes[(at - 8)..]);
    }

    private static int TakeInt32(ReadOnlySpan<byte> bytes, ref int at)
    {
        at += 4;
        return BinaryPrimitives.ReadInt32LittleEndian(bytes[(at - 4)..]);
    }
}
