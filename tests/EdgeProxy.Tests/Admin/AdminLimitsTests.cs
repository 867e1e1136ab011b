using EdgeProxy.Primitives;

namespace EdgeProxy.Tests.Admin;

/// <summary>Relations between the room's bounds, and to those of the MTProto process.</summary>
public sealed class AdminLimitsTests
{
    private const int ProcessKeepsIdleS = 75;
    private const int ProcessSendsFileS = 180;
    private const int ProcessStopsS = 10;
    private const int OrchestratorsWaitS = 30;

    [Fact]
    public void Bounds_agree_with_each_other()
    {
        Holds(Limits.AdminChunkBytes % Limits.AdminPartBytes == 0, "a chunk is whole parts, so that the next begins with one");
        Holds(Limits.AdminFileBytesMax == 2_097_152_000, "2,000 MiB");
        Holds(Limits.AdminPhotoBytesMax * 4L / 3 < Limits.AdminBodyBytesMax, "a photo as base64 leaves room for the lists beside it");
        Holds(Limits.SidecarIdleS < ProcessKeepsIdleS, "it is we who let an idle connection go");
        Holds(Limits.SidecarCallS > ProcessSendsFileS, "the slowest call is waited for");
        Holds(Limits.SidecarStopS > ProcessStopsS && Limits.SidecarStopS < OrchestratorsWaitS, "it may finish, and ends before orchestrators kill");
        Holds(Limits.AdminUploadsMax * 2L * Limits.AdminChunkBytes <= 64L << 20, "uploads stay far below the memory bound");
        Holds(Limits.AdminMembersPerQuery % Limits.AdminMembersPage == 0, "the last page of a beginning is a whole one");
    }

    private static void Holds(bool relation, string why) => Assert.True(relation, why);
}
