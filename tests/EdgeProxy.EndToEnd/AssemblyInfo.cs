// These tests measure nothing, but each takes both cores: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
