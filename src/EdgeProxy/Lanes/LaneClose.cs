namespace EdgeProxy.Lanes;

/// <summary>The scheduler ends: whoever waits is refused.</summary>
internal sealed class LaneClose : LaneMail
{
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
