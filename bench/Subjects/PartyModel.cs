namespace EdgeProxy.Bench.Subjects;

/// <summary>A chat or a user.</summary>
internal sealed class PartyModel
{
    public long Id { get; set; }
}
