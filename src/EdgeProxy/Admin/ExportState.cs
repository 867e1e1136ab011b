using System.Globalization;

namespace EdgeProxy.Admin;

/// <summary>Where an export stands behind a page.</summary>
/// <param name="Id">Of the export.</param>
/// <param name="Page">Pages that are done.</param>
/// <param name="Plan">What is to be asked for next.</param>
/// <param name="Seen">Users whose line was written: the same person is found under several beginnings.</param>
internal sealed record ExportState(long Id, int Page, ExportPlan Plan, HashSet<long> Seen)
{
    public string Cursor => string.Create(CultureInfo.InvariantCulture, $"{Id:x16}.{Page}");
}
