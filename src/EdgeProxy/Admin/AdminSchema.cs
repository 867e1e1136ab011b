using EdgeProxy.Sqlite;

namespace EdgeProxy.Admin;

/// <summary>The room's tables.</summary>
internal static class AdminSchema
{
    private const string Version1 =
        """
        CREATE TABLE admin_job (
          id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, state INTEGER NOT NULL, account TEXT NOT NULL, chat TEXT, created INTEGER NOT NULL,
          updated INTEGER NOT NULL, retry_at INTEGER NOT NULL DEFAULT 0, cancel INTEGER NOT NULL DEFAULT 0, caller TEXT NOT NULL, idem_key TEXT NOT NULL,
          request_hash BLOB NOT NULL);
        CREATE UNIQUE INDEX admin_job_key ON admin_job (caller, idem_key);
        CREATE INDEX admin_job_open ON admin_job (account, id) WHERE state < 4;
        CREATE INDEX admin_job_chat ON admin_job (chat) WHERE kind = 0;
        CREATE TABLE admin_step (
          job INTEGER NOT NULL, step INTEGER NOT NULL, kind INTEGER NOT NULL, target TEXT NOT NULL, state INTEGER NOT NULL DEFAULT 0,
          attempts INTEGER NOT NULL DEFAULT 0, begun INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0, memo TEXT, result TEXT, error TEXT,
          input TEXT NOT NULL, PRIMARY KEY (job, step));
        CREATE TABLE admin_export (
          id INTEGER NOT NULL, page INTEGER NOT NULL, account TEXT NOT NULL, chat TEXT NOT NULL, at INTEGER NOT NULL, plan TEXT NOT NULL,
          PRIMARY KEY (id, page)) WITHOUT ROWID;
        CREATE TABLE admin_export_seen (id INTEGER NOT NULL, user INTEGER NOT NULL, page INTEGER NOT NULL, PRIMARY KEY (id, user)) WITHOUT ROWID;
        """;

    public static readonly Migration[] Migrations = [new Migration("admin", 1, Version1)];
}
