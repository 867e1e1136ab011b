using System.Globalization;
using System.Text;
using EdgeProxy.Postgres;
using EdgeProxy.Primitives;
using Npgsql;

namespace EdgeProxy.Outbox;

/// <summary>
/// Tells the other processes what became sendable, outside of any transaction that matters: a NOTIFY within one would make all commits of the
/// database wait for one another. What is lost on the way is found by polling.
/// <code>
/// notice = part *( ";" part )    part = queue ":" lane | "look" (something, anywhere) | "owners" (bots are free, or wanted)
/// </code>
/// </summary>
internal sealed class OutboxNotices(PostgresDatabase database)
{
    public const string Channel = "edge_outbox";
    private const string Look = "look";
    private const string Owners = "owners";
    private readonly Lock _lock = new();
    private readonly HashSet<OutboxHint> _hints = [];
    private bool _look;
    private bool _owners;
    private bool _isRunning;

    /// <summary>Soon; never waits, never fails.</summary>
    public void Tell(IReadOnlyList<OutboxHint> hints, bool look, bool owners)
    {
        lock (_lock)
        {
            foreach (OutboxHint hint in hints)
            {
                if (_hints.Count >= Limits.OutboxNamedLanesMax) look = true;
                else _hints.Add(hint);
            }

            (_look, _owners) = (_look || look, _owners || owners);
            if (_isRunning) return;
            _isRunning = true;
        }

        _ = Task.Run(SendAllAsync);
    }

    /// <summary>Reads a notice. What nobody understands means "look".</summary>
    public static (List<OutboxHint> Hints, bool Look, bool Owners) Read(string notice)
    {
        List<OutboxHint> hints = [];
        bool look = false;
        bool owners = false;
        foreach (string part in notice.Split(';'))
        {
            string[] numbers = part.Split(':');
            if (part == Owners) owners = true;
            else if (numbers.Length == 2 && TryRead(numbers[0], out long queue) && TryRead(numbers[1], out long lane)) hints.Add(new OutboxHint(queue, lane));
            else look = true;
        }

        return (hints, look, owners);
    }

    private static bool TryRead(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    private async Task SendAllAsync()
    {
        while (Take() is { } notice)
        {
            try
            {
                await using NpgsqlCommand command = database.Source.CreateCommand("SELECT pg_notify($1, $2)").With(Channel).With(notice);
                command.CommandTimeout = Limits.OutboxStatementS;
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
            }
            catch (Exception error) when (PostgresDatabase.IsOutage(error))
            {
                // Whoever it was for looks by himself.
            }
        }
    }

    private string? Take()
    {
        lock (_lock)
        {
            if (_hints.Count == 0 && !_look && !_owners)
            {
                _isRunning = false;
                return null;
            }

            var notice = new StringBuilder();
            if (_owners) notice.Append(Owners).Append(';');
            foreach (OutboxHint hint in _hints)
            {
                if (notice.Length > Limits.OutboxNoticeChars)
                {
                    _look = true;
                    break;
                }

                notice.Append(CultureInfo.InvariantCulture, $"{hint.Queue}:{hint.Lane};");
            }

            if (_look) notice.Append(Look).Append(';');
            notice.Length--;
            _hints.Clear();
            (_look, _owners) = (false, false);
            return notice.ToString();
        }
    }
}
