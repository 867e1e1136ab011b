namespace EdgeProxy.Observability;

/// <summary>Ordered from best to worst, so that the worst part is the greatest.</summary>
internal enum HealthColour
{
    Green,
    Yellow,
    Red,
}
