namespace EdgeProxy.FakeDc.Telegram;

/// <summary>A file that is complete.</summary>
/// <param name="Path">Where its bytes lie, in the order in which they came.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Of the whole, in lower-case hexadecimal.</param>
/// <param name="PartSize">Of every part but the last.</param>
/// <param name="Offsets">Where each part begins in the file at <paramref name="Path"/>.</param>
/// <param name="Name">As the client named it.</param>
internal sealed record StoredFile(string Path, long Size, string Sha256, int PartSize, long[] Offsets, string Name)
{
    /// <summary>Up to <paramref name="count"/> bytes from <paramref name="offset"/>; fewer at the end, none behind it.</summary>
    public byte[] Read(long offset, int count)
    {
        var length = (int)Math.Clamp(Size - offset, 0, count);
        var result = new byte[length];
        using var handle = File.OpenHandle(Path, options: FileOptions.RandomAccess);
        for (var done = 0; done < length;)
        {
            var part = (int)((offset + done) / PartSize);
            var within = (int)((offset + done) % PartSize);
            var piece = Math.Min(length - done, PartSize - within);
            if (RandomAccess.Read(handle, result.AsSpan(done, piece), Offsets[part] + within) != piece)
                throw new IOException("a stored file lost bytes");
            done += piece;
        }

        return result;
    }
}
