using System.Globalization;
using EdgeProxy.Primitives;

namespace EdgeProxy.Admin;

/// <summary>
/// All members of a group as lines of JSON (NDJSON): members; between them {"cursor": …}, by which a broken export goes on; at the end
/// {"end": true, "members": …, "total": …, "complete": …}, or {"error": …, "cursor": …} when Telegram wants a long wait.
/// </summary>
internal sealed class MemberEndpoint(AdminHost host, JobDesk jobs, TimeProvider time)
{
    private readonly ExportStore _store = new(host.State, time);
    private int _running;

    public IEnumerable<AdminOperation> Operations(string root) =>
    [
        new("GET", $"{root}/groups/{{chat}}/members", "exportMembers", "Every member with role, rank and joined date, one a line.", ExportAsync)
        {
            Query = [GroupEndpoint.AccountParameter, new("cursor", "string", "The last cursor that was received: goes on behind it.")],
            Answer = ("application/x-ndjson", "Any"),
        },
    ];

    private async Task<Problem?> ExportAsync(AdminRequest request)
    {
        if (jobs.Account(request, out string account) is { } problem) return problem;
        string chat = request.Route("chat");
        if (!SidecarPath.IsChat(chat)) return GroupEndpoint.BadChat;
        if (Interlocked.Increment(ref _running) > Limits.AdminExportsMax)
        {
            Interlocked.Decrement(ref _running);
            return AdminProblems.Busy("Too many exports run");
        }

        try
        {
            ExportState? state = new ExportState(ExportStore.NewId(), 0, new ExportPlan(), []);
            if (request.Query("cursor") is { } cursor)
            {
                state = TryRead(cursor, out long id, out int page) ? await _store.ResumeAsync(id, page, account, chat) : null;
                if (state is null) return AdminProblems.Field("cursor", "is of no export of this group, or older than a day; begin without one");
            }

            await _store.SweepAsync();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(request.Aborted, host.Stopping);
            var export = new MemberExport(host.Client, _store, account, chat, time);
            return await export.SendAsync(request.Context, state, end.Token);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static bool TryRead(string cursor, out long id, out int page)
    {
        (id, page) = (0, 0);
        int dot = cursor.IndexOf('.', StringComparison.Ordinal);
        return dot == 16 && long.TryParse(cursor[..dot], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id)
            && int.TryParse(cursor[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out page);
    }
}
