using System.Text;
using System.Text.Json;

namespace EdgeProxy.Admin;

/// <summary>
/// Sets a group's photo once: every success leaves a service message in the group.
/// 1. Begun before? Then another photo than the one of the memo means that it was set.
/// 2. The image's parts go up; again is harmless.
/// 3. The step is begun with the photo the group has now as its memo.
/// 4. The call.
/// </summary>
internal sealed class PhotoSetting(AdminStore store, SidecarClient client)
{
    private const string NoPhoto = "none";

    /// <param name="job">The job.</param>
    /// <param name="step">The step.</param>
    /// <param name="input">{"photo": base64}.</param>
    /// <param name="stop">Ends the wait.</param>
    public async Task<StepEnd> RunAsync(AdminJob job, AdminStep step, string input, CancellationToken stop)
    {
        string chat = SidecarPath.Chat(job.Account, job.Chat!);

        // 1.
        SidecarReply looked = await client.GetAsync(chat, stop);
        if (looked.Outcome != SidecarOutcome.Ok) return Unsettled(step, StepEnd.Of(looked));
        string now = PhotoOf(looked.Body);
        if (step.State == StepState.Begun && step.Memo != now) return new StepEnd(StepVerdict.Done, $$"""{"photo_id":"{{now}}"}""");

        // 2.
        byte[] image;
        using (JsonDocument json = JsonDocument.Parse(input)) image = json.RootElement.GetProperty("photo").GetBytesFromBase64();
        string fileId = RandomIds.Of(await store.SeedAsync(job.Id), step.Number);
        SidecarReply stored = await client.PutBytesAsync(SidecarPath.Upload(job.Account, fileId, image.Length, 0), image, stop);
        if (stored.Outcome != SidecarOutcome.Ok) return Unsettled(step, StepEnd.Of(stored));

        // 3.
        await store.BeginAsync(job.Id, step.Number, now);

        // 4.
        string file = $$"""{"file_id":"{{fileId}}","size":{{image.Length}},"name":"photo.jpg"}""";
        return StepEnd.Of(await client.CallAsync(HttpMethod.Put, chat + "/photo", Encoding.UTF8.GetBytes(file), stop));
    }

    /// <summary>The photo was not touched; but what was begun before stays begun, and parts that may be stored are only put again.</summary>
    private static StepEnd Unsettled(AdminStep step, StepEnd end)
    {
        if (end.Verdict == StepVerdict.Failed) return end;
        return end with { Verdict = step.State == StepState.Begun ? StepVerdict.Unknown : StepVerdict.Again };
    }

    private static string PhotoOf(ReadOnlyMemory<byte> chat)
    {
        using JsonDocument json = JsonDocument.Parse(chat);
        return json.RootElement.GetProperty("photo_id").GetString() ?? NoPhoto;
    }
}
