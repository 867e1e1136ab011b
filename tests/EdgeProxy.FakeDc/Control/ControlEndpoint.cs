using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeProxy.FakeDc.Crypto;
using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;
using EdgeProxy.FakeDc.Wire;

namespace EdgeProxy.FakeDc.Control;

/// <summary>
/// What a test says to the data centre and asks it, as JSON (snake_case) over HTTP on 127.0.0.1. A wrong request is 400 with
/// <c>{"error":"…"}</c>.
/// <code>
/// POST   /accounts          AccountRequest → accounts[]: id, phone, username, session{dc, ip, port, key (hex), text (StringSession)} if asked for
/// POST   /sessions?phone=   one more authorised key for an account → session{…}
/// POST   /revoke?phone=     all keys of an account lose their login; with &amp;forget=1 they are unknown altogether (transport error -404)
/// POST   /bots /groups /members   BotRequest, GroupRequest, MembersRequest
/// POST   /faults            FaultRule; DELETE forgets those that wait
/// POST   /salts/rotate      every key's salt changes at once
/// POST   /connections/drop  every connection is reset
/// POST   /files/dc?id=      new files are said to lie on that data centre
/// POST   /files/expire      every file reference changes
/// GET    /state             how many of everything
/// GET    /accounts /groups /groups?id= /files /icons
/// GET    /messages          all that were sent; ?group= of one group with service messages, ?phone= of one account's dialogs
/// GET    /calls             calls per method, errors answered, what was asked for that is not here; DELETE starts at 0
/// </code>
/// </summary>
internal sealed class ControlEndpoint(DataCentre centre)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    private readonly WorldReport _report = new(centre);

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            var answer = await AnswerAsync(context);
            context.Response.StatusCode = answer is null ? 404 : 200;
            await context.Response.WriteAsJsonAsync(answer ?? new { error = "no such path" }, Json);
        }
        catch (Exception e) when (e is ControlException or JsonException)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsJsonAsync(new { error = e.Message }, Json);
        }
    }

    private async Task<object?> AnswerAsync(HttpContext context) => (context.Request.Method, context.Request.Path.Value) switch
    {
        ("POST", "/accounts") => AddAccounts(await ReadAsync<AccountRequest>(context)),
        ("POST", "/sessions") => Under(() => new { session = Issue(Account(context)) }),
        ("POST", "/revoke") => Under(() => new { revoked = Revoke(Account(context), context.Request.Query.ContainsKey("forget")) }),
        ("POST", "/faults") => Done(centre.Faults.Add, await ReadAsync<FaultRule>(context)),
        ("DELETE", "/faults") => Done<object?>(_ => centre.Faults.Clear(), null),
        ("POST", "/salts/rotate") => Done<object?>(_ => centre.RotateSalts(), null),
        ("POST", "/connections/drop") => new { dropped = centre.AbortAll() },
        ("POST", "/bots") => AddBot(await ReadAsync<BotRequest>(context)),
        ("POST", "/groups") => AddGroup(await ReadAsync<GroupRequest>(context)),
        ("POST", "/members") => AddMembers(await ReadAsync<MembersRequest>(context)),
        ("POST", "/files/dc") => Done(id => centre.MediaDcId = (int)id, Id(context, "id")),
        ("POST", "/files/expire") => Under(ExpireReferences),
        ("GET", "/state") => Under(_report.Summary),
        ("GET", "/accounts") => Under(_report.Accounts),
        ("GET", "/groups") => context.Request.Query.ContainsKey("id") ? Under(() => _report.Group(Id(context, "id"))) : Under(_report.Groups),
        ("GET", "/messages") => Under(() => Messages(context)),
        ("GET", "/icons") => Under(() => centre.Icons.All()),
        ("GET", "/files") => Under(_report.Files),
        ("GET", "/calls") => centre.Counters.Read(),
        ("DELETE", "/calls") => Done<object?>(_ => centre.Counters.Clear(), null),
        _ => null,
    };

    private static object Done<T>(Action<T> what, T with)
    {
        what(with);
        return new { ok = true };
    }

    private static async Task<T> ReadAsync<T>(HttpContext context) where T : class =>
        await context.Request.ReadFromJsonAsync<T>(Json) ?? throw new ControlException("no body");

    private T Under<T>(Func<T> what)
    {
        lock (centre.Gate)
            return what();
    }

    private User Account(HttpContext context) =>
        centre.World.FindPhone(context.Request.Query["phone"].ToString()) ?? throw new ControlException("no such phone");

    private object AddAccounts(AccountRequest request)
    {
        if (!long.TryParse(request.Phone.TrimStart('+'), NumberStyles.None, CultureInfo.InvariantCulture, out var phone))
            throw new ControlException("phone must be digits");
        var password = request.Password is null ? null : new SrpPassword(request.Password);
        return Under(() => new
        {
            accounts = Enumerable.Range(0, request.Count).Select(i =>
            {
                var suffix = i == 0 ? "" : i.ToString(CultureInfo.InvariantCulture);
                var digits = (phone + i).ToString(CultureInfo.InvariantCulture);
                if (centre.World.FindPhone(digits) is not null)
                    throw new ControlException("the phone is taken: " + digits);
                var username = request.Username.Length == 0 ? "" : request.Username + suffix;
                var user = centre.World.AddAccount(digits, request.FirstName + suffix, username);
                user.Code = request.Code;
                user.IsPremium = request.Premium;
                user.Password = password;
                return new { id = user.Id, phone = user.Phone, username = user.Username, session = request.Session ? Issue(user) : null };
            }).ToList(),
        });
    }

    /// <summary>A key as if it had been exchanged and logged in long ago.</summary>
    private object Issue(User user)
    {
        byte[] bytes;
        do
            bytes = RandomNumberGenerator.GetBytes(Numbers.DhBytes);
        while (centre.FindKey(MessageKeys.KeyId(bytes)) is not null);
        var key = new AuthKey(bytes, Numbers.RandomLong()) { UserId = user.Id, CreatedAt = centre.Now, Device = "imported", DcId = centre.DcId };
        centre.AddKey(key);
        return new
        {
            dc = centre.DcId,
            ip = "127.0.0.1",
            port = centre.Port,
            key = Convert.ToHexStringLower(bytes),
            text = SessionString.Write(centre.DcId, centre.Port, bytes),
        };
    }

    private object AddBot(BotRequest request) => Under(() =>
    {
        if (centre.World.FindUsername(request.Username) is not null || request.Username.Length == 0)
            throw new ControlException("the username is taken or missing: " + request.Username);
        var bot = centre.World.AddBot(request.Username, request.Name);
        bot.NoGroups = request.NoGroups;
        return new { id = bot.Id, username = bot.Username };
    });

    private object AddGroup(GroupRequest request) => Under(() =>
    {
        var owner = centre.World.FindPhone(request.Phone) ?? throw new ControlException("no such phone");
        var channel = centre.World.AddChannel(request.Title, request.About, owner);
        channel.PostService(owner, centre.Now, new TlObject("messageActionChannelCreate") { ["title"] = channel.Title });
        if (request.Forum)
            channel.BecomeForum();
        centre.World.AddMembers(channel, request.Members);
        return _report.Group(channel.Id)!;
    });

    private object AddMembers(MembersRequest request) => Under(() =>
    {
        var channel = centre.World.FindChannel(request.Group) ?? throw new ControlException("no such group");
        centre.World.AddMembers(channel, request.Count);
        return new { members = channel.Members.Count };
    });

    private object ExpireReferences()
    {
        foreach (var media in centre.World.Media)
            media.Reference = RandomNumberGenerator.GetBytes(8);
        return new { ok = true };
    }

    private object? Messages(HttpContext context) =>
        context.Request.Query.ContainsKey("group") ? _report.Messages(Id(context, "group"))
        : context.Request.Query.ContainsKey("phone") ? _report.Dialog(Account(context))
        : _report.AllMessages();

    private static long Id(HttpContext context, string name) =>
        long.TryParse(context.Request.Query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new ControlException(name + " must be a number");

    private int Revoke(User user, bool forget)
    {
        var keys = centre.Keys.Where(key => key.UserId == user.Id).ToList();
        foreach (var key in keys)
        {
            key.UserId = 0;
            if (forget)
                centre.RemoveKey(key);
        }

        return keys.Count;
    }
}
