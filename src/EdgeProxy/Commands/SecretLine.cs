using System.Text;

namespace EdgeProxy.Commands;

/// <summary>Asks for a line on the terminal. The questions go to standard error, so that standard output can be kept.</summary>
internal sealed class SecretLine(TextReader input, TextWriter questions)
{
    /// <summary>The line; null at the end of the input.</summary>
    public string? Ask(string question)
    {
        questions.Write(question);
        questions.Flush();
        return input.ReadLine()?.Trim();
    }

    /// <summary>The same without echo, where there is a terminal; from a pipe it is read like any line.</summary>
    public string? AskHidden(string question)
    {
        if (!ReferenceEquals(input, Console.In) || Console.IsInputRedirected) return Ask(question);
        questions.Write(question);
        questions.Flush();
        var line = new StringBuilder();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) break;
            if (key.Key == ConsoleKey.Backspace) line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar)) line.Append(key.KeyChar);
        }

        questions.WriteLine();
        return line.ToString();
    }
}
