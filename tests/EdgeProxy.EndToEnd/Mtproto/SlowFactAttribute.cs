namespace EdgeProxy.EndToEnd.Mtproto;

/// <summary>A test of minutes and gigabytes: it runs when EDGE_SLOW is set.</summary>
internal sealed class SlowFactAttribute : FactAttribute
{
    public SlowFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("EDGE_SLOW") is null or "")
            Skip = "slow: set EDGE_SLOW=1";
    }
}
