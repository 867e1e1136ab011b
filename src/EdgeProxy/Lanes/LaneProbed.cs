namespace EdgeProxy.Lanes;

/// <summary>Whether the shared budget is back.</summary>
internal sealed class LaneProbed(BudgetReply reply) : LaneMail
{
    public BudgetReply Reply => reply;
}
