namespace EdgeProxy.Lanes;

/// <summary>Something that happens at a time; it knows its place in its heap, so that it can be taken out.</summary>
internal interface IDue
{
    long DueAt { get; }

    /// <summary>Index in the heap; -1 outside.</summary>
    int HeapSlot { get; set; }
}
