using System.Globalization;
using System.Text.Json;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Admin;

/// <summary>Jobs: look at them, list them, watch them, withdraw them.</summary>
internal sealed class JobEndpoint(AdminHost host, TimeProvider time)
{
    private readonly JobEvents _events = new(host, time);

    public IEnumerable<AdminOperation> Operations(string root) =>
    [
        new("GET", $"{root}/jobs", "listJobs", "Jobs, newest first, page by page.", ListAsync)
        {
            Query =
            [
                new("account", "string", "Of this account only."),
                new("state", "string", $"In this state only: {string.Join(", ", AdminNames.States)}."),
                new("cursor", "string", "next_cursor of the page before."),
                new("limit", "integer", $"Jobs of a page, 1 to {Limits.AdminPageMax}; 50 when absent."),
            ],
            Answer = ("application/json", "AdminJobPage"),
        },
        new("GET", $"{root}/jobs/{{id}}", "getJob", "A job with its steps and their results.", GetAsync) { Answer = ("application/json", "AdminJob") },
        new("GET", $"{root}/jobs/{{id}}/events", "watchJob", "The job at every change, as server-sent events, until it ends.", WatchAsync)
        {
            Answer = ("text/event-stream", "Any"),
        },
        new("DELETE", $"{root}/jobs/{{id}}", "cancelJob", "Withdraws what is not done yet; what is done stays.", CancelAsync)
        {
            Answer = ("application/json", "AdminJob"),
        },
    ];

    private async Task<Problem?> ListAsync(AdminRequest request)
    {
        JobState? state = null;
        if (request.Query("state") is { } word)
        {
            int index = AdminNames.States.ToList().IndexOf(word);
            if (index < 0) return AdminProblems.Field("state", $"is none of {string.Join(", ", AdminNames.States)}");
            state = (JobState)index;
        }

        AdminJobId before = default;
        if (request.Query("cursor") is { } cursor && !AdminJobId.TryParse(cursor, out before)) return AdminProblems.Field("cursor", "is none of ours");
        string text = request.Query("limit") ?? "50";
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int limit) || limit is < 1 or > Limits.AdminPageMax)
        {
            return AdminProblems.Field("limit", $"must be a whole number from 1 to {Limits.AdminPageMax}");
        }

        List<AdminJob> page = await host.Store.ListAsync(request.Query("account"), state, before.Value, limit + 1);
        bool more = page.Count > limit;
        await AdminBody.AnswerAsync(request.Context, StatusCodes.Status200OK, AdminJson.Bytes(json => Write(json, page, limit, more)));
        return null;
    }

    private static void Write(Utf8JsonWriter json, List<AdminJob> page, int limit, bool more)
    {
        json.WriteStartArray("jobs");
        foreach (AdminJob job in page.Take(limit))
        {
            json.WriteStartObject();
            AdminJson.WriteJob(json, job);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("next_cursor", more ? page[limit - 1].Id.ToString() : null);
    }

    private async Task<Problem?> GetAsync(AdminRequest request)
    {
        if (!AdminJobId.TryParse(request.Route("id"), out AdminJobId id) || await host.Store.FindAsync(id) is not { } job) return AdminProblems.NoJob;
        await AdminBody.AnswerAsync(request.Context, StatusCodes.Status200OK, AdminJson.Bytes(json => AdminJson.WriteJob(json, job)));
        return null;
    }

    private async Task<Problem?> WatchAsync(AdminRequest request)
    {
        if (!AdminJobId.TryParse(request.Route("id"), out AdminJobId id) || await host.Store.FindAsync(id) is not { } job) return AdminProblems.NoJob;
        return await _events.SendAsync(request.Context, job);
    }

    private async Task<Problem?> CancelAsync(AdminRequest request)
    {
        if (!AdminJobId.TryParse(request.Route("id"), out AdminJobId id) || await host.Store.FindAsync(id) is not { } job) return AdminProblems.NoJob;
        try
        {
            if (await host.Store.CancelAsync(id)) host.Wake(job.Account);
            host.Uploads.Stop(id);
        }
        catch (StateFileException)
        {
            return AdminProblems.Unavailable;
        }

        return await GetAsync(request);
    }
}
