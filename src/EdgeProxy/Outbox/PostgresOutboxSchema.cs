using EdgeProxy.Postgres;

namespace EdgeProxy.Outbox;

/// <summary>
/// The outbox's tables in PostgreSQL: the columns are those of <see cref="OutboxSchema"/>. What a cluster adds:
/// <code>
/// outbox_member     a process that lives: until when by the server's clock, which slot of the ids is its own, whether it sends
/// outbox_owner      who sends a bot's messages; each taking raises the epoch
/// outbox_key        idempotency keys of messages and broadcasts together: one unique index decides between two processes
/// outbox_tally      a row an owner and writer, so that processes do not wait for one another's; the counts are the sums
/// outbox_callback   claimed by one process for a while
/// </code>
/// </summary>
internal static class PostgresOutboxSchema
{
    public static readonly PostgresMigration[] Migrations =
    [
        new("outbox", 1, Members + Messages + Broadcasts + Rest),
    ];

    private const string Members =
        """
        CREATE SEQUENCE outbox_member_number;
        CREATE TABLE outbox_member (
          member bigint PRIMARY KEY,
          slot integer NOT NULL UNIQUE,
          sends boolean NOT NULL,
          until timestamptz NOT NULL
        );
        CREATE TABLE outbox_owner (bot bigint PRIMARY KEY, member bigint, epoch bigint NOT NULL);

        """;

    private const string Messages =
        """
        CREATE TABLE outbox_message (
          id bigint PRIMARY KEY,
          state integer NOT NULL,
          ready boolean NOT NULL,
          bot bigint NOT NULL,
          queue bigint NOT NULL,
          lane bigint NOT NULL,
          chat bigint NOT NULL,
          broadcast bigint NOT NULL,
          flags integer NOT NULL,
          weight integer NOT NULL,
          updated bigint NOT NULL,
          epoch bigint NOT NULL DEFAULT 0,
          attempts integer NOT NULL DEFAULT 0,
          events integer NOT NULL DEFAULT 0,
          outcome integer NOT NULL DEFAULT 0,
          error_code integer NOT NULL DEFAULT 0,
          telegram_id bigint NOT NULL DEFAULT 0,
          migrated bigint NOT NULL DEFAULT 0,
          not_before bigint NOT NULL,
          expires_at bigint NOT NULL,
          error text,
          method text,
          chat_name text,
          callback text,
          idem_key text,
          parameters bytea
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
        CREATE INDEX outbox_ready ON outbox_message (queue, lane, id) WHERE ready;
        CREATE INDEX outbox_oldest ON outbox_message (id) WHERE ready;
        CREATE INDEX outbox_later ON outbox_message (bot, not_before) WHERE state = 0 AND NOT ready;
        CREATE INDEX outbox_expiring ON outbox_message (bot, expires_at) WHERE state = 0 AND expires_at > 0;
        CREATE INDEX outbox_sending ON outbox_message (bot, id) WHERE state = 1;
        CREATE INDEX outbox_trouble ON outbox_message (state, id) WHERE state > 2;
        CREATE UNIQUE INDEX outbox_recipient ON outbox_message (broadcast, chat) WHERE broadcast > 0;
        CREATE TABLE outbox_attempt (
          message bigint NOT NULL,
          n integer NOT NULL,
          at bigint NOT NULL,
          outcome integer NOT NULL,
          state integer NOT NULL,
          error_code integer NOT NULL,
          error text,
          PRIMARY KEY (message, n)
        );
        CREATE TABLE outbox_upload (
          path text COLLATE "C" PRIMARY KEY,
          message bigint NOT NULL,
          part text NOT NULL,
          file_name text NOT NULL,
          content_type text,
          bytes bigint NOT NULL
        );
        CREATE INDEX outbox_upload_message ON outbox_upload (message);
        CREATE TABLE outbox_key (
          bot bigint NOT NULL,
          key text COLLATE "C" NOT NULL,
          id bigint NOT NULL,
          request_hash bytea NOT NULL,
          PRIMARY KEY (bot, key)
        );
        CREATE INDEX outbox_key_id ON outbox_key (id);

        """;

    private const string Broadcasts =
        """
        CREATE TABLE outbox_broadcast (
          id bigint PRIMARY KEY,
          bot bigint NOT NULL,
          state integer NOT NULL,
          updated bigint NOT NULL,
          sweep boolean NOT NULL DEFAULT false,
          last_recipient bigint NOT NULL DEFAULT 0,
          flags integer NOT NULL,
          weight integer NOT NULL,
          not_before bigint NOT NULL,
          expires_at bigint NOT NULL,
          name text NOT NULL,
          method text NOT NULL,
          callback text,
          parameters bytea NOT NULL
        );
        CREATE INDEX outbox_broadcast_live ON outbox_broadcast (bot, state) WHERE state < 3;
        CREATE INDEX outbox_broadcast_sweep ON outbox_broadcast (bot) WHERE sweep;

        """;

    private const string Rest =
        """
        CREATE TABLE outbox_tally (
          owner bigint NOT NULL,
          writer integer NOT NULL,
          s0 bigint NOT NULL, s1 bigint NOT NULL, s2 bigint NOT NULL, s3 bigint NOT NULL,
          s4 bigint NOT NULL, s5 bigint NOT NULL, s6 bigint NOT NULL, s7 bigint NOT NULL,
          PRIMARY KEY (owner, writer)
        ) WITH (fillfactor = 50);
        CREATE TABLE outbox_rest (bot bigint NOT NULL, chat bigint NOT NULL, until bigint NOT NULL, PRIMARY KEY (bot, chat));
        CREATE INDEX outbox_rest_until ON outbox_rest (bot, until);
        CREATE TABLE outbox_callback (
          number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          message bigint NOT NULL,
          state integer NOT NULL,
          at bigint NOT NULL,
          telegram_id bigint NOT NULL,
          error_code integer NOT NULL,
          error text,
          due bigint NOT NULL,
          failures integer NOT NULL DEFAULT 0,
          dead boolean NOT NULL DEFAULT false,
          last_error text,
          claimant bigint NOT NULL DEFAULT 0,
          claimed_until bigint NOT NULL DEFAULT 0
        );
        CREATE INDEX outbox_callback_due ON outbox_callback (due) WHERE NOT dead;
        CREATE INDEX outbox_callback_dead ON outbox_callback (number) WHERE dead;
        CREATE INDEX outbox_callback_message ON outbox_callback (message)
        """;
}
