using System.Text;
using System.Text.RegularExpressions;

namespace EdgeProxy.Tests.Tidy;

/// <summary>Counts the lines of every member with a body, by braces alone: no compiler, so it also reads what does not build.</summary>
internal static partial class MethodLengths
{
    /// <summary>Members as (first line, lines, text before the brace). Field initializers are data and are not counted.</summary>
    public static List<(int Line, int Lines, string Head)> Read(string text)
    {
        var code = WithoutTextAndComments(text);
        var members = new List<(int, int, string)>();
        var open = new Stack<(bool IsType, bool IsMember, int Line, string Head)>();
        var head = new StringBuilder();
        var line = 1;
        var headLine = 1;
        foreach (var character in code)
        {
            switch (character)
            {
                case '{':
                    var words = head.ToString().Trim();
                    var isType = TypeHead().IsMatch(words);
                    var outside = open.Count == 0 || open.Peek().IsType;
                    open.Push((isType, outside && !isType && !FieldHead().IsMatch(WithoutParentheses(words)), headLine, words));
                    head.Clear();
                    break;
                case '}':
                    if (open.TryPop(out var closed) && closed.IsMember)
                        members.Add((closed.Line, line - closed.Line + 1, closed.Head));
                    head.Clear();
                    break;
                case ';':
                    head.Clear();
                    break;
                default:
                    if (head.Length == 0 && !char.IsWhiteSpace(character))
                        headLine = line;
                    if (head.Length > 0 || !char.IsWhiteSpace(character))
                        head.Append(character);
                    break;
            }

            if (character == '\n')
                line++;
        }

        return members;
    }

    /// <summary>The text with comments, strings and characters blanked; line breaks stay, so that line numbers hold.</summary>
    private static string WithoutTextAndComments(string text) =>
        Token().Replace(text, match => new string([.. match.Value.Select(character => character == '\n' ? '\n' : ' ')]));

    private static string WithoutParentheses(string head)
    {
        var depth = 0;
        var kept = new StringBuilder();
        foreach (var character in head)
        {
            depth += character == '(' ? 1 : character == ')' ? -1 : 0;
            if (depth == 0)
                kept.Append(character);
        }

        return kept.ToString();
    }

    [GeneratedRegex(@"\b(class|struct|interface|enum|record|namespace)\s+\w+")]
    private static partial Regex TypeHead();

    [GeneratedRegex(@"(?<![=!<>])=(?![=>])")]
    private static partial Regex FieldHead();

    // Longest openings first: raw strings, verbatim strings, plain strings, characters, comments.
    [GeneratedRegex(
        "\"\"\"+[\\s\\S]*?\"\"\"+|\\$?@\\$?\"(?:[^\"]|\"\")*\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|"
        + "'(?:\\\\.[^']*|[^'\\\\\\n])'|//[^\\n]*|/\\*[\\s\\S]*?\\*/")]
    private static partial Regex Token();
}
