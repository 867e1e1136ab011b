namespace EdgeProxy.Lanes;

/// <summary>A place at the head of a lane. Whoever is granted one must leave exactly once.</summary>
/// <param name="Verdict">Only <see cref="LaneVerdict.Granted"/> holds anything.</param>
/// <param name="RetryAfterS">For Full: when to come again, seconds, at least 1.</param>
/// <param name="Request">What was asked for.</param>
internal readonly record struct LaneGrant(LaneVerdict Verdict, int RetryAfterS, LaneRequest Request)
{
    /// <summary>The call's place; null when nothing is held.</summary>
    internal LaneEntry? Entry { get; init; }

    /// <summary>Which use of the pooled entry this is: a grant that was left does not fit any more.</summary>
    internal int Turn { get; init; }
}
