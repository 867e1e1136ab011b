namespace EdgeProxy.Lanes;

/// <summary>A place at the head of a lane. Whoever is granted one must leave exactly once.</summary>
/// <param name="Verdict">Only <see cref="LaneVerdict.Granted"/> holds anything.</param>
/// <param name="RetryAfterS">For Full: when to come again, seconds, at least 1.</param>
/// <param name="Request">What was asked for.</param>
internal readonly record struct LaneGrant(LaneVerdict Verdict, int RetryAfterS, LaneRequest Request);
