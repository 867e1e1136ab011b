namespace EdgeProxy.Journal;

/// <summary>Called for each good update record of a scan, in order.</summary>
internal delegate void RecordVisitor(in RecordHeader header);
