using EdgeProxy.Lanes;

namespace EdgeProxy.Outbox;

/// <summary>How states and choices are written in the API.</summary>
internal static class StateNames
{
    public static readonly IReadOnlyList<string> Messages = [.. Enum.GetValues<MessageState>().Select(Of)];

    public static string Of(MessageState state) => state switch
    {
        MessageState.Queued => "queued",
        MessageState.Sending => "sending",
        MessageState.Sent => "sent",
        MessageState.Failed => "failed",
        MessageState.Unknown => "unknown",
        MessageState.Cancelled => "cancelled",
        MessageState.Expired => "expired",
        _ => "suppressed",
    };

    public static string Of(BroadcastState state) => state switch
    {
        BroadcastState.Loading => "loading",
        BroadcastState.Running => "running",
        BroadcastState.Paused => "paused",
        BroadcastState.Cancelled => "cancelled",
        _ => "done",
    };

    public static string Of(LanePriority priority) => priority switch
    {
        LanePriority.Interactive => "interactive",
        LanePriority.Normal => "normal",
        _ => "bulk",
    };

    public static string Of(OnUnknown onUnknown) => onUnknown == OnUnknown.Resend ? "resend" : "hold";

    /// <summary>The state of that name; false when none has it.</summary>
    public static bool TryParse(string name, out MessageState state)
    {
        for (int index = 0; index < Messages.Count; index++)
        {
            if (Messages[index] != name) continue;
            state = (MessageState)index;
            return true;
        }

        state = default;
        return false;
    }
}
