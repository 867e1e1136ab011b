namespace EdgeProxy.FakeDc.Control;

/// <summary>Body of POST /accounts: <c>count</c> accounts, of which the second and later count up phone and username.</summary>
internal sealed class AccountRequest
{
    public string Phone { get; set; } = "";

    public string FirstName { get; set; } = "Account";

    public string Username { get; set; } = "";

    public string Code { get; set; } = "12345";

    /// <summary>Two-step password; null for none.</summary>
    public string? Password { get; set; }

    public bool Premium { get; set; }

    public int Count { get; set; } = 1;

    /// <summary>Also issue an authorised key and its session string for each.</summary>
    public bool Session { get; set; }
}
