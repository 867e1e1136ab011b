namespace EdgeProxy.Lanes;

/// <summary>What paid broadcasting had cost on a day before this start.</summary>
internal sealed class LaneStars(DateOnly day, double stars) : LaneMail
{
    public DateOnly Day => day;
    public double Stars => stars;
}
