namespace EdgeProxy.EndToEnd.Harness;

/// <summary>A test that mounts, changes root or builds images: skipped for anybody but root.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
            Skip = "needs root";
    }
}
