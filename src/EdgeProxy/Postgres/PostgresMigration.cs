namespace EdgeProxy.Postgres;

/// <summary>One step of a room's schema. Versions of a room are 1, 2, 3…; a published step is never edited, a new one is added.</summary>
internal readonly record struct PostgresMigration(string Room, int Version, string Sql);
