using System.Globalization;
using System.Security.Cryptography;
using EdgeProxy.FakeDc.Crypto;
using EdgeProxy.FakeDc.Telegram;
using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>auth.* and account.*: login by code and password, log-out, and the way to another data centre.</summary>
internal sealed class AuthMethods(DataCentre centre)
{
    private readonly Dictionary<string, User> _exported = new(StringComparer.Ordinal);

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["auth.sendCode"] = SendCode;
        methods["auth.resendCode"] = SendCode;
        methods["auth.cancelCode"] = _ => true;
        methods["auth.signIn"] = SignIn;
        methods["auth.checkPassword"] = CheckPassword;
        methods["auth.logOut"] = LogOut;
        methods["auth.exportAuthorization"] = Export;
        methods["auth.importAuthorization"] = Import;
        methods["auth.bindTempAuthKey"] = call => new KeyBinding(centre).Bind(call);
        methods["auth.resetAuthorizations"] = ResetOthers;
        methods["account.getPassword"] = GetPassword;
        methods["account.updateStatus"] = call => call.User is not null;
        methods["account.getAuthorizations"] = Authorizations;
        methods["account.resetAuthorization"] = ResetOne;
    }

    private static TlObject Authorization(User user) => new("auth.authorization") { ["user"] = user.ToTl(user) };

    private TlObject SendCode(Call call)
    {
        var user = centre.World.FindPhone(call.Request.Text("phone_number")) ?? throw RpcException.Bad("PHONE_NUMBER_INVALID");
        user.CodeHash = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(9));
        return new TlObject("auth.sentCode")
        {
            ["type"] = new TlObject("auth.sentCodeTypeApp") { ["length"] = user.Code.Length },
            ["phone_code_hash"] = user.CodeHash,
        };
    }

    private TlObject SignIn(Call call)
    {
        var user = centre.World.FindPhone(call.Request.Text("phone_number")) ?? throw RpcException.Bad("PHONE_NUMBER_INVALID");
        if (user.CodeHash.Length == 0 || call.Request.Text("phone_code_hash") != user.CodeHash)
            throw RpcException.Bad("PHONE_CODE_EXPIRED");
        if (call.Request.Text("phone_code") != user.Code)
            throw RpcException.Bad("PHONE_CODE_INVALID");
        user.CodeHash = "";
        if (user.Password is not null)
        {
            call.Key.PasswordOwedBy = user.Id;
            throw new RpcException(401, "SESSION_PASSWORD_NEEDED");
        }

        call.Key.UserId = user.Id;
        return Authorization(user);
    }

    private User Owing(Call call) => call.Caller ?? centre.World.FindUser(call.Key.PasswordOwedBy) ?? call.User;

    private TlObject GetPassword(Call call)
    {
        var user = Owing(call);
        var answer = new TlObject("account.password")
        {
            ["new_algo"] = new TlObject("passwordKdfAlgoUnknown"),
            ["new_secure_algo"] = new TlObject("securePasswordKdfAlgoUnknown"),
            ["secure_random"] = RandomNumberGenerator.GetBytes(256),
        };
        if (user.Password is null)
            return answer;
        (user.SrpSecret, user.SrpShown) = user.Password.Begin();
        user.SrpId = Numbers.RandomLong();
        answer["has_password"] = true;
        answer["current_algo"] = new TlObject("passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow")
        {
            ["salt1"] = user.Password.Salt1,
            ["salt2"] = user.Password.Salt2,
            ["g"] = Numbers.Generator,
            ["p"] = Numbers.Write(Numbers.DhPrime),
        };
        answer["srp_B"] = user.SrpShown;
        answer["srp_id"] = user.SrpId;
        return answer;
    }

    private TlObject CheckPassword(Call call)
    {
        var user = Owing(call);
        var proof = call.Request.Object("password");
        if (user.Password is null || proof.Name != "inputCheckPasswordSRP")
            throw RpcException.Bad("PASSWORD_HASH_INVALID");
        if (user.SrpId == 0 || proof.Long("srp_id") != user.SrpId)
            throw RpcException.Bad("SRP_ID_INVALID");
        user.SrpId = 0;
        if (!user.Password.Check(user.SrpSecret, user.SrpShown, proof.Bytes("A"), proof.Bytes("M1")))
            throw RpcException.Bad("PASSWORD_HASH_INVALID");
        call.Key.PasswordOwedBy = 0;
        call.Key.UserId = user.Id;
        return Authorization(user);
    }

    private static TlObject LogOut(Call call)
    {
        _ = call.User;
        call.Key.UserId = 0;
        return new TlObject("auth.loggedOut");
    }

    private TlObject Export(Call call)
    {
        var token = RandomNumberGenerator.GetBytes(128);
        _exported.Add(Convert.ToHexString(token), call.User);
        return new TlObject("auth.exportedAuthorization") { ["id"] = call.User.Id, ["bytes"] = token };
    }

    private TlObject Import(Call call)
    {
        if (!_exported.Remove(Convert.ToHexString(call.Request.Bytes("bytes")), out var user) || user.Id != call.Request.Long("id"))
            throw RpcException.Bad("AUTH_BYTES_INVALID");
        call.Key.UserId = user.Id;
        return Authorization(user);
    }

    private TlObject Authorizations(Call call) => new("account.authorizations")
    {
        ["authorization_ttl_days"] = 365,
        ["authorizations"] = centre.Keys.Where(key => key.UserId == call.User.Id).Select(object (key) => new TlObject("authorization")
        {
            ["current"] = key == call.Key,
            ["hash"] = key == call.Key ? 0 : key.Id,
            ["device_model"] = key.Device,
            ["platform"] = "",
            ["system_version"] = "",
            ["api_id"] = 1,
            ["app_name"] = "",
            ["app_version"] = key.Layer.ToString(CultureInfo.InvariantCulture),
            ["date_created"] = key.CreatedAt,
            ["date_active"] = centre.Now,
            ["ip"] = "127.0.0.1",
            ["country"] = "",
            ["region"] = "",
        }).ToList(),
    };

    private object ResetOne(Call call)
    {
        var other = centre.Keys.FirstOrDefault(key => key.UserId == call.User.Id && key.Id == call.Request.Long("hash") && key != call.Key);
        if (other is null)
            throw RpcException.Bad("HASH_INVALID");
        other.UserId = 0;
        return true;
    }

    private object ResetOthers(Call call)
    {
        foreach (var key in centre.Keys.Where(key => key.UserId == call.User.Id && key != call.Key))
            key.UserId = 0;
        return true;
    }
}
