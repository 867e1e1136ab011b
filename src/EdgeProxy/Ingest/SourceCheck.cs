using System.Net;

namespace EdgeProxy.Ingest;

/// <summary>
/// Whether a webhook call may come from where it comes. Telegram calls from 149.154.160.0/20 and 91.108.4.0/22
/// (webhook guide). Behind a trusted proxy the address is the last one of X-Forwarded-For that is not trusted itself.
/// </summary>
internal sealed class SourceCheck(bool telegramOnly, IReadOnlyList<IPNetwork> trustedProxies)
{
    private static readonly IPNetwork[] Telegram = [IPNetwork.Parse("149.154.160.0/20"), IPNetwork.Parse("91.108.4.0/22")];

    /// <summary>Whether addresses do not matter.</summary>
    public bool AdmitsAll => !telegramOnly;

    public bool Admits(HttpContext context)
    {
        if (AdmitsAll) return true;
        IPAddress? address = Plain(context.Connection.RemoteIpAddress);
        if (address is not null && IsTrusted(address)) address = ForwardedFor(context.Request.Headers["X-Forwarded-For"].ToString());
        if (address is null) return false;
        foreach (IPNetwork network in Telegram)
        {
            if (network.Contains(address)) return true;
        }

        return false;
    }

    private IPAddress? ForwardedFor(string header)
    {
        string[] hops = header.Split(',', StringSplitOptions.TrimEntries);
        for (int i = hops.Length - 1; i >= 0; i--)
        {
            if (!IPAddress.TryParse(hops[i], out IPAddress? hop)) return null;
            hop = Plain(hop)!;
            if (!IsTrusted(hop)) return hop;
        }

        return null;
    }

    private bool IsTrusted(IPAddress address)
    {
        foreach (IPNetwork network in trustedProxies)
        {
            if (network.Contains(address)) return true;
        }

        return false;
    }

    private static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
}
