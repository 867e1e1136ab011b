namespace EdgeProxy.Sqlite;

/// <summary>SQLite's codes in words that tell an operator what to do.</summary>
internal static class StateFileMessages
{
    public static string Explain(string path, int code, string reason) => (code & 0xFF) switch
    {
        SqliteNative.NotADatabase => $"{path} is not a SQLite database; move it away or name another state file.",
        SqliteNative.Corrupt => $"{path} is damaged ({reason}); restore it from a backup.",
        SqliteNative.ReadOnly => $"{path} cannot be written: the disk or the file is read-only.",
        SqliteNative.CantOpen => $"{path} cannot be opened ({reason}); check that the folder exists and may be written.",
        SqliteNative.Full => $"{path}: the disk is full; free space, writing resumes by itself.",
        SqliteNative.IoError => $"{path}: the disk failed ({reason}); writing resumes when it is well.",
        SqliteNative.Busy => $"{path} is held by another program.",
        _ => $"{path}: {reason} (SQLite {code}).",
    };

    public static string Locked(string path) => $"{path} is in use by another process; two EdgeProxy processes cannot share a state file.";

    public static string Unwritable(string path, string reason) => $"{path} cannot be opened: its folder cannot be written ({reason})";

    public static string Foreign(string path) => $"{path} is a database of another program; name another state file.";

    public static string Newer(string path, string room, long found, int known) => known == 0
        ? $"{path} was written by a newer version: it holds \"{room}\", which this version does not know. Run the newer version."
        : $"{path} was written by a newer version: \"{room}\" is at schema {found}, this version knows {known}. Run the newer version.";
}
