using EdgeProxy.Journal;
using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Bench.Subjects;

/// <summary>
/// The floor: a batch is copied together, then one pwrite and one fdatasync on the caller's thread, into blocks that were written before (as the
/// journal's are). No check sum, no dedupe, nobody to wake. At the end it begins again.
/// </summary>
internal sealed class BareLog : RecordLog
{
    private const int FileBytes = 64 * 1024 * 1024;
    private readonly SafeFileHandle _file;
    private readonly byte[] _body;
    private readonly byte[] _buffer;
    private long _end;

    public BareLog(string path, byte[] body)
    {
        _body = body;
        _buffer = new byte[body.Length * BatchMax];
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        SegmentFile.FillWithZeros(_file, 0, FileBytes);
        NativeFile.DataSync(_file);
    }

    public override Task AppendAsync(int records, int batch)
    {
        for (int left = records; left > 0; left -= batch)
        {
            int bytes = 0;
            for (int index = 0; index < batch; index++)
            {
                _body.CopyTo(_buffer, bytes);
                bytes += _body.Length;
            }

            if (_end + bytes > FileBytes) _end = 0;
            RandomAccess.Write(_file, _buffer.AsSpan(0, bytes), _end);
            NativeFile.DataSync(_file);
            _end += bytes;
        }

        return Task.CompletedTask;
    }

    public override void Dispose() => _file.Dispose();
}
