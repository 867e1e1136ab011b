namespace EdgeProxy.Admin;

/// <summary>One step of a job, without its input, which is read when it is made.</summary>
/// <param name="Number">Place in the job, from 0.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Target">Whom or what it concerns: a title, a bot, a topic's id, a file's name.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Attempts">Failed attempts; flood waits are none.</param>
/// <param name="Memo">What a repetition must know of the attempt before; each kind has its own form.</param>
/// <param name="Result">JSON of what came of it; null before.</param>
/// <param name="Error">JSON of the last refusal; null without one.</param>
internal sealed record AdminStep(int Number, StepKind Kind, string Target, StepState State, int Attempts, string? Memo, string? Result, string? Error)
{
    /// <summary>When this fails nothing behind it can be done.</summary>
    public bool IsNeeded => Kind is StepKind.CreateGroup or StepKind.ReceiveFile;
}
