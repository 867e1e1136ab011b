using System.Text;

namespace EdgeProxy.Admin;

/// <summary>
/// Makes one step. Steps that are harmless to repeat go out again as they are; <see cref="GroupCreation"/> and <see cref="PhotoSetting"/> are not, and are
/// settled first when an attempt before has no result.
/// </summary>
internal sealed class StepCalls(AdminStore store, SidecarClient client, TimeProvider time)
{
    private readonly GroupCreation _creation = new(store, client, time);
    private readonly PhotoSetting _photo = new(store, client);

    /// <exception cref="OperationCanceledException">The process stops; the step stays as it is.</exception>
    public async Task<StepEnd> RunAsync(AdminJob job, AdminStep step, CancellationToken stop)
    {
        string input = await store.InputAsync(job.Id, step.Number);
        if (step.Kind == StepKind.CreateGroup) return await _creation.RunAsync(job, step, input, stop);
        if (step.Kind == StepKind.SetPhoto) return await _photo.RunAsync(job, step, input, stop);
        string chat = SidecarPath.Chat(job.Account, job.Chat!);
        string target = Uri.EscapeDataString(step.Target);
        (HttpMethod method, string path, bool isRandom) = step.Kind switch
        {
            StepKind.AddBot => (HttpMethod.Put, $"{chat}/admins/{target}", false),
            StepKind.CreateTopic => (HttpMethod.Post, $"{chat}/topics", true),
            StepKind.EditTopic => (HttpMethod.Patch, $"{chat}/topics/{target}", false),
            StepKind.DeleteTopic => (HttpMethod.Delete, $"{chat}/topics/{target}", false),
            StepKind.SendFile => (HttpMethod.Post, $"{chat}/messages", true),
            _ => throw new InvalidOperationException($"no loop makes {step.Kind}"),
        };
        // Inputs are objects with at least one member, so the id goes in front of it.
        if (isRandom) input = $"{{\"random_id\":\"{RandomIds.Of(await store.SeedAsync(job.Id), step.Number)}\",{input[1..]}";
        if (step.State == StepState.Waiting) await store.BeginAsync(job.Id, step.Number, null);
        ReadOnlyMemory<byte> body = method == HttpMethod.Delete ? default : Encoding.UTF8.GetBytes(input);
        return StepEnd.Of(await client.CallAsync(method, path, body, stop));
    }
}
