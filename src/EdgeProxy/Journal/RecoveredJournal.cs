using Microsoft.Win32.SafeHandles;

namespace EdgeProxy.Journal;

/// <summary>
/// What start-up found and repaired: the last segment is the active one, open for writing, its End where the next record goes.
/// </summary>
internal sealed record RecoveredJournal(List<Segment> Segments, SafeFileHandle ActiveFile, DedupeWindow Window);
