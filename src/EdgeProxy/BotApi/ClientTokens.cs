using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeProxy.Bots;
using EdgeProxy.Primitives;
using EdgeProxy.Sqlite;

namespace EdgeProxy.BotApi;

/// <summary>
/// Client tokens: what EdgeProxy gives to programs instead of a bot's own token. They look like Telegram's, so that every framework takes them:
/// <code>
/// &lt;bot id&gt; ":EP" &lt;32 random bytes in base64url, 43 characters&gt;
/// </code>
/// Only their SHA-256 is kept, in the table and, all of them, in memory. Nobody but the proxy knows such a token: Telegram refuses it.
/// In a cluster each change begins from what the table says, and a feed brings what other processes change.
/// </summary>
internal sealed partial class ClientTokens
{
    public static readonly Migration[] Migrations = [new("botapi_client_token", 1, SqliteClientTokens.Schema)];

    public const int HashBytes = SHA256.HashSizeInBytes;

    private const string Mark = ":EP";
    private const int SecretBytes = 32;
    private const int SecretChars = 43;
    private const int BotIdCharsMax = 19;

    /// <summary>By the first half of the hash; the whole is compared after. Issues and revocations write, every call reads.</summary>
    private readonly ConcurrentDictionary<UInt128, ClientToken> _byHash = new();

    /// <summary>One issue or revocation at a time: names stay unique, and memory and disk tell the same.</summary>
    private readonly SemaphoreSlim _change = new(1, 1);
    private readonly BotRegistry _bots;
    private readonly IClientTokenTable _table;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Changes of memory, each made while <see cref="_change"/> is held: what was read before one is out of date.</summary>
    private int _changes;

    /// <summary>Of a cluster; empty until <see cref="RefreshAsync"/>.</summary>
    public ClientTokens(BotRegistry bots, IClientTokenTable table, TimeProvider time, ILogger logger) =>
        (_bots, _table, _time, _logger) = (bots, table, time, logger);

    /// <summary>Of one process with its state file.</summary>
    /// <exception cref="StateFileException">The table cannot be read.</exception>
    public ClientTokens(BotRegistry bots, StateFile state, TimeProvider time, ILogger logger)
        : this(bots, new SqliteClientTokens(state), time, logger) =>
        Replace(((SqliteClientTokens)_table).Load(bots, id => LogUnreadable(logger, id)));

    /// <summary>Takes over what other processes changed. False when the table cannot be read: what was known stays.</summary>
    public async Task<bool> RefreshAsync()
    {
        while (true)
        {
            // Not read while the lock is held: a revocation here must not wait for a server that hangs.
            int before = Volatile.Read(ref _changes);
            (bool read, List<ClientToken>? all) = await TryReadAsync();
            if (all is null) return read;
            await _change.WaitAsync();
            try
            {
                if (before != _changes) continue;
                Replace(all);
                return true;
            }
            finally
            {
                _change.Release();
            }
        }
    }

    /// <summary>What a token opens; null when it is none of ours, revoked or expired. Time depends on the length only.</summary>
    public ClientTokenGrant? Find(ReadOnlySpan<char> token)
    {
        if (!LooksIssued(token)) return null;
        Span<byte> ascii = stackalloc byte[token.Length];
        if (Encoding.ASCII.GetBytes(token, ascii) != token.Length) return null;
        Span<byte> hash = stackalloc byte[HashBytes];
        SHA256.HashData(ascii, hash);
        if (!_byHash.TryGetValue(KeyOf(hash), out ClientToken? found) || !CryptographicOperations.FixedTimeEquals(hash, found.Sha256)) return null;
        return found.Revoked || found.IsExpired(NowUnixMs()) ? null : new ClientTokenGrant(found.Bot, found.Rights, found.Name);
    }

    /// <summary>Whether the text has the form of a client token: such a text is never sent to Telegram.</summary>
    public static bool LooksIssued(ReadOnlySpan<char> token)
    {
        int colon = token.Length - SecretChars - Mark.Length;
        if (colon is < 1 or > BotIdCharsMax || !token[colon..].StartsWith(Mark, StringComparison.Ordinal)) return false;
        return !token[..colon].ContainsAnyExceptInRange('0', '9');
    }

    /// <summary>The bot's tokens in order of issue, expired ones too, revoked ones not.</summary>
    public IReadOnlyList<ClientToken> List(Bot bot) =>
        [.. _byHash.Values.Where(token => token.Bot == bot && !token.Revoked).OrderBy(token => token.Id)];

    /// <summary>
    /// Issues a token. Steps: 1. expired tokens make room; 2. name and room are checked; 3. the hash is written to the table; 4. the token
    /// opens from now on. With <see cref="ClientTokenOutcome.Done"/> the text is returned this once; otherwise it is empty and nothing was issued.
    /// </summary>
    public async Task<(ClientTokenOutcome Outcome, ClientToken? Token, string Text)> IssueAsync(
        Bot bot, string name, ClientTokenRights rights, long? expiresUnixMs)
    {
        await _change.WaitAsync();
        try
        {
            (bool read, List<ClientToken>? all) = await TryReadAsync();
            if (!read) return (ClientTokenOutcome.Unavailable, null, "");
            if (all is not null) Replace(all);
            long now = NowUnixMs();
            List<ClientToken> expired = [.. _byHash.Values.Where(token => token.IsExpired(now))];
            if (_byHash.Count - expired.Count >= Limits.ClientTokensMax) return (ClientTokenOutcome.Full, null, "");
            if (_byHash.Values.Any(token => token.Bot == bot && token.Name == name && !expired.Contains(token)))
            {
                return (ClientTokenOutcome.NameTaken, null, "");
            }

            string text = string.Create(CultureInfo.InvariantCulture, $"{bot.Id}{Mark}{NewSecret()}");
            ClientToken Make(long id) => new()
            {
                Id = id,
                Bot = bot,
                Name = name,
                Sha256 = SHA256.HashData(Encoding.ASCII.GetBytes(text)),
                Rights = rights,
                CreatedUnixMs = now,
                ExpiresUnixMs = expiresUnixMs,
            };
            long id = 0;
            ClientToken draft = Make(0);
            if (!await TryWriteAsync(async () => id = await _table.IssueAsync(draft, expired))) return (ClientTokenOutcome.Unavailable, null, "");
            if (id == 0) return (ClientTokenOutcome.NameTaken, null, "");
            _changes++;
            foreach (ClientToken token in expired) _byHash.TryRemove(KeyOf(token.Sha256), out _);
            ClientToken issued = Make(id);
            _byHash[KeyOf(issued.Sha256)] = issued;
            LogIssued(_logger, bot.Name, name, id);
            return (ClientTokenOutcome.Done, issued, text);
        }
        finally
        {
            _change.Release();
        }
    }

    /// <summary>
    /// Revokes by name or by id. Takes effect in this process before anything is written, and is durable with <see cref="ClientTokenOutcome.Done"/>.
    /// After Unavailable the token is refused until the next start only; ask again.
    /// </summary>
    public async Task<ClientTokenOutcome> RevokeAsync(Bot bot, string nameOrId)
    {
        await _change.WaitAsync();
        try
        {
            // Names begin with a letter, so a number is an id. One that is revoked but still on disk is found again.
            ClientToken? token = FindByHandle(bot, nameOrId);
            if (token is null)
            {
                (bool read, List<ClientToken>? all) = await TryReadAsync();
                if (!read) return ClientTokenOutcome.Unavailable;
                if (all is not null) Replace(all);
                token = FindByHandle(bot, nameOrId);
            }

            if (token is null) return ClientTokenOutcome.NotFound;
            token.Revoke();
            if (!await TryWriteAsync(() => _table.RevokeAsync(token))) return ClientTokenOutcome.Unavailable;
            _changes++;
            _byHash.TryRemove(KeyOf(token.Sha256), out _);
            LogRevoked(_logger, bot.Name, token.Name, token.Id);
            return ClientTokenOutcome.Done;
        }
        finally
        {
            _change.Release();
        }
    }

    private ClientToken? FindByHandle(Bot bot, string nameOrId)
    {
        long id = ClientTokenRow.ParseId(nameOrId);
        return _byHash.Values.FirstOrDefault(token => token.Bot == bot && (id > 0 ? token.Id == id : token.Name == nameOrId));
    }

    /// <summary>Memory becomes what the table says; a token that is revoked here and not yet there stays revoked. The caller holds the lock.</summary>
    private void Replace(List<ClientToken> all)
    {
        _changes++;
        var held = new HashSet<UInt128>(all.Count);
        foreach (ClientToken token in all)
        {
            held.Add(KeyOf(token.Sha256));
            _byHash.TryAdd(KeyOf(token.Sha256), token);
        }

        foreach ((UInt128 key, ClientToken token) in _byHash)
        {
            if (held.Contains(key)) continue;
            token.Revoke();
            _byHash.TryRemove(key, out _);
        }
    }

    private async Task<(bool Read, List<ClientToken>? All)> TryReadAsync()
    {
        try
        {
            return (true, await _table.RefreshAsync(_bots, id => LogUnreadable(_logger, id)));
        }
        catch (Exception error) when (_table.IsFailure(error))
        {
            LogUnread(_logger, error.Message);
            return (false, null);
        }
    }

    private async Task<bool> TryWriteAsync(Func<Task> work)
    {
        try
        {
            await work();
            return true;
        }
        catch (Exception error) when (_table.IsFailure(error))
        {
            LogUnwritable(_logger, error.Message);
            return false;
        }
    }

    private static string NewSecret()
    {
        Span<byte> random = stackalloc byte[SecretBytes];
        RandomNumberGenerator.Fill(random);
        return Base64Url.EncodeToString(random);
    }

    private static UInt128 KeyOf(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt128LittleEndian(hash);

    private long NowUnixMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [LoggerMessage(Level = LogLevel.Information, Message = "Client token {Name} ({Id}) of bot {Bot} was issued")]
    private static partial void LogIssued(ILogger logger, string bot, string name, long id);

    [LoggerMessage(Level = LogLevel.Information, Message = "Client token {Name} ({Id}) of bot {Bot} was revoked")]
    private static partial void LogRevoked(ILogger logger, string bot, string name, long id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Client token {Id} in the table cannot be read; it is refused")]
    private static partial void LogUnreadable(ILogger logger, long id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Client tokens cannot be stored: {Error}")]
    private static partial void LogUnwritable(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Client tokens cannot be read, those known stay: {Error}")]
    private static partial void LogUnread(ILogger logger, string error);
}
