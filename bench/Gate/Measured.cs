namespace EdgeProxy.Bench.Gate;

/// <summary>A case's figures, in the order of its variants.</summary>
internal sealed record Measured(Case Case, Figure[] Figures)
{
    public Figure Of(string variant) => Figures.First(figure => figure.Variant == variant);
}
