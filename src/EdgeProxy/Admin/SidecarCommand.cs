namespace EdgeProxy.Admin;

/// <summary>The MTProto process as it is started. Secrets are never among the words: those are read by anybody with ps.</summary>
/// <param name="Node">The Node.js executable.</param>
/// <param name="Bundle">The program, one file.</param>
/// <param name="Words">Its options.</param>
internal sealed record SidecarCommand(string Node, string Bundle, IReadOnlyList<string> Words);
