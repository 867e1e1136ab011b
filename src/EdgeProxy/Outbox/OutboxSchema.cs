using EdgeProxy.Sqlite;

namespace EdgeProxy.Outbox;

/// <summary>
/// The outbox's tables. One row a message, a broadcast's recipients included; what a row can say of its own history is not stored again:
/// outbox_attempt holds only the events before the last one, so that a message which is sent at once costs one row.
/// <code>
/// ready       1 while the message may go as soon as its lane is free; 0 when it is scheduled, being sent, or final
/// queue       bot id · 4 + priority, or the broadcast's id: what is served in turn
/// lane        the chat within the queue; 0 in broadcasts, whose chats are unique and which go by id
/// chat        signed Bot API id, or a hash below all legal ids for a name
/// epoch       the owner that last wrote "sending"
/// outcome     the last event (HistoryKind) with its time in updated; 0 when there is none beyond "accepted"
/// </code>
/// SQLite appends the row id to every index key, so outbox_ready is (queue, lane, id).
/// </summary>
internal static class OutboxSchema
{
    public const int FlagPaid = 1, FlagResend = 2, FlagUploads = 4, FlagCallback = 8, FlagMtproto = 32;

    /// <summary>It was queued again after an attempt of which nobody knows whether it arrived.</summary>
    public const int FlagDoubt = 16;

    public static readonly Migration[] Migrations =
    [
        new("outbox", 1,
            """
            CREATE TABLE outbox_meta (
              one INTEGER PRIMARY KEY CHECK (one = 1),
              epoch INTEGER NOT NULL,
              id_floor INTEGER NOT NULL
            );
            INSERT INTO outbox_meta VALUES (1, 0, 0);
            CREATE TABLE outbox_message (
              id INTEGER PRIMARY KEY,
              state INTEGER NOT NULL,
              ready INTEGER NOT NULL,
              bot INTEGER NOT NULL,
              queue INTEGER NOT NULL,
              lane INTEGER NOT NULL,
              chat INTEGER NOT NULL,
              broadcast INTEGER NOT NULL DEFAULT 0,
              flags INTEGER NOT NULL,
              weight INTEGER NOT NULL,
              updated INTEGER NOT NULL,
              epoch INTEGER NOT NULL DEFAULT 0,
              attempts INTEGER NOT NULL DEFAULT 0,
              events INTEGER NOT NULL DEFAULT 0,
              outcome INTEGER NOT NULL DEFAULT 0,
              error_code INTEGER NOT NULL DEFAULT 0,
              telegram_id INTEGER NOT NULL DEFAULT 0,
              migrated INTEGER NOT NULL DEFAULT 0,
              not_before INTEGER NOT NULL DEFAULT 0,
              expires_at INTEGER NOT NULL DEFAULT 0,
              error TEXT,
              method TEXT,
              chat_name TEXT,
              callback TEXT,
              idem_hash INTEGER,
              idem_key TEXT,
              request_hash BLOB,
              parameters BLOB
            );
            CREATE INDEX outbox_ready ON outbox_message (queue, lane) WHERE ready = 1;
            CREATE INDEX outbox_later ON outbox_message (not_before) WHERE state = 0 AND ready = 0;
            CREATE INDEX outbox_expiring ON outbox_message (expires_at) WHERE state = 0 AND expires_at > 0;
            CREATE INDEX outbox_sending ON outbox_message (state) WHERE state = 1;
            CREATE INDEX outbox_trouble ON outbox_message (state) WHERE state > 2;
            CREATE UNIQUE INDEX outbox_recipient ON outbox_message (broadcast, chat) WHERE broadcast > 0;
            CREATE INDEX outbox_key ON outbox_message (idem_hash) WHERE idem_hash IS NOT NULL;
            CREATE TABLE outbox_attempt (
              message INTEGER NOT NULL,
              n INTEGER NOT NULL,
              at INTEGER NOT NULL,
              outcome INTEGER NOT NULL,
              state INTEGER NOT NULL,
              error_code INTEGER NOT NULL,
              error TEXT,
              PRIMARY KEY (message, n)
            ) WITHOUT ROWID;
            CREATE TABLE outbox_upload (
              path TEXT PRIMARY KEY NOT NULL,
              message INTEGER NOT NULL,
              part TEXT NOT NULL,
              file_name TEXT NOT NULL,
              content_type TEXT,
              bytes INTEGER NOT NULL
            ) WITHOUT ROWID;
            CREATE INDEX outbox_upload_message ON outbox_upload (message);
            CREATE TABLE outbox_broadcast (
              id INTEGER PRIMARY KEY,
              bot INTEGER NOT NULL,
              state INTEGER NOT NULL,
              updated INTEGER NOT NULL,
              sweep INTEGER NOT NULL DEFAULT 0,
              last_recipient INTEGER NOT NULL DEFAULT 0,
              flags INTEGER NOT NULL,
              weight INTEGER NOT NULL,
              not_before INTEGER NOT NULL,
              expires_at INTEGER NOT NULL,
              name TEXT NOT NULL,
              method TEXT NOT NULL,
              callback TEXT,
              idem_hash INTEGER,
              idem_key TEXT,
              request_hash BLOB,
              parameters BLOB NOT NULL
            );
            CREATE INDEX outbox_broadcast_live ON outbox_broadcast (state) WHERE state < 3;
            CREATE INDEX outbox_broadcast_sweep ON outbox_broadcast (sweep) WHERE sweep = 1;
            CREATE INDEX outbox_broadcast_key ON outbox_broadcast (idem_hash) WHERE idem_hash IS NOT NULL;
            CREATE TABLE outbox_tally (
              owner INTEGER PRIMARY KEY,
              s0 INTEGER NOT NULL, s1 INTEGER NOT NULL, s2 INTEGER NOT NULL, s3 INTEGER NOT NULL,
              s4 INTEGER NOT NULL, s5 INTEGER NOT NULL, s6 INTEGER NOT NULL, s7 INTEGER NOT NULL
            );
            CREATE TABLE outbox_rest (
              bot INTEGER NOT NULL,
              chat INTEGER NOT NULL,
              until INTEGER NOT NULL,
              PRIMARY KEY (bot, chat)
            ) WITHOUT ROWID;
            CREATE INDEX outbox_rest_until ON outbox_rest (until);
            CREATE TABLE outbox_callback (
              number INTEGER PRIMARY KEY AUTOINCREMENT,
              message INTEGER NOT NULL,
              state INTEGER NOT NULL,
              at INTEGER NOT NULL,
              telegram_id INTEGER NOT NULL,
              error_code INTEGER NOT NULL,
              error TEXT,
              due INTEGER NOT NULL,
              failures INTEGER NOT NULL DEFAULT 0,
              dead INTEGER NOT NULL DEFAULT 0,
              last_error TEXT
            );
            CREATE INDEX outbox_callback_due ON outbox_callback (due) WHERE dead = 0;
            CREATE INDEX outbox_callback_dead ON outbox_callback (dead) WHERE dead = 1;
            CREATE INDEX outbox_callback_message ON outbox_callback (message)
            """),
    ];
}
