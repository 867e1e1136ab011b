using System.Text.Json;

namespace EdgeProxy.Commands;

/// <summary>Rows under headings, as wide as they need to be.</summary>
internal sealed class TextTable(string[] columns)
{
    private const int CellCharsMax = 60;

    private readonly List<string[]> _rows = [];

    /// <summary>A row of an object's members.</summary>
    public void Add(JsonElement row) =>
        _rows.Add([.. columns.Select(column => row.TryGetProperty(column, out JsonElement value) ? Cut(Cell(value)) : "")]);

    public void Write(TextWriter output)
    {
        int[] widths = [.. columns.Select((column, index) => _rows.Select(row => row[index].Length).Append(column.Length).Max())];
        output.WriteLine(Line(columns, widths));
        foreach (string[] row in _rows) output.WriteLine(Line(row, widths));
    }

    /// <summary>A value as text. Control characters of a message must not steer the terminal.</summary>
    public static string Cell(JsonElement value)
    {
        string text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Null => "",
            _ => value.GetRawText(),
        };
        return string.Create(text.Length, text, static (span, source) =>
        {
            for (int i = 0; i < source.Length; i++) span[i] = char.IsControl(source[i]) ? ' ' : source[i];
        });
    }

    private static string Cut(string text) => text.Length <= CellCharsMax ? text : text[..(CellCharsMax - 1)] + "…";

    private static string Line(string[] cells, int[] widths) =>
        string.Join("  ", cells.Select((cell, index) => cell.PadRight(widths[index]))).TrimEnd();
}
