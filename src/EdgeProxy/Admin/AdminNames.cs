using System.Text;

namespace EdgeProxy.Admin;

/// <summary>The enums as the API writes them: create_group for CreateGroup.</summary>
internal static class AdminNames
{
    private static readonly string[] JobKinds = [.. Enum.GetNames<JobKind>().Select(Snake)];
    private static readonly string[] JobStates = [.. Enum.GetNames<JobState>().Select(Snake)];
    private static readonly string[] StepKinds = [.. Enum.GetNames<StepKind>().Select(Snake)];
    private static readonly string[] StepStates = [.. Enum.GetNames<StepState>().Select(Snake)];

    public static IReadOnlyList<string> States => JobStates;

    public static IReadOnlyList<string> Kinds => JobKinds;

    public static string Of(JobKind kind) => JobKinds[(int)kind];

    public static string Of(JobState state) => JobStates[(int)state];

    public static string Of(StepKind kind) => StepKinds[(int)kind];

    public static string Of(StepState state) => StepStates[(int)state];

    private static string Snake(string name)
    {
        var snake = new StringBuilder();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && snake.Length > 0) snake.Append('_');
            snake.Append(char.ToLowerInvariant(letter));
        }

        return snake.ToString();
    }
}
