namespace EdgeProxy.Bench.Subjects;

/// <summary>What the kinds of the shapes have in common.</summary>
internal sealed class PayloadModel
{
    public long MessageId { get; set; }
    public long Date { get; set; }
    public PartyModel? From { get; set; }
    public PartyModel? Chat { get; set; }

    /// <summary>Under a callback_query.</summary>
    public PayloadModel? Message { get; set; }
}
