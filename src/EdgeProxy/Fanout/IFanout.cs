namespace EdgeProxy.Fanout;

/// <summary>The deliveries of this process: of all updates, or of those whose partitions it owns.</summary>
internal interface IFanout
{
    /// <summary>
    /// Starts. Before updates are accepted: when it completes the place of every new subscription is stored, so that an update which is accepted
    /// afterwards is delivered even if the process dies before the first flush.
    /// </summary>
    /// <exception cref="IOException">The cursors cannot be read or stored.</exception>
    Task StartAsync();

    /// <summary>
    /// From now on these subscriptions run. Those that are in the list as before are not touched; one that is new has its place stored when this
    /// completes; one that changed goes on from its cursor. One call at a time.
    /// </summary>
    /// <returns>False when cursors cannot be read or stored now, or it has stopped: the same call again makes it good.</returns>
    Task<bool> ChangeAsync(IReadOnlyList<Subscription> subscriptions);

    /// <summary>No new attempts; those that run may end within Limits.FanoutStopMs; then cursors are stored. What it reads must still be open.</summary>
    Task StopAsync();

    /// <summary>All subscriptions, as of their last flush; lag and age as of now. Any thread.</summary>
    IReadOnlyList<SubscriptionSnapshot> Snapshot();
}
