using Microsoft.Extensions.Primitives;

namespace EdgeProxy.Simulator.Telegram;

/// <summary>The headers that the front end of api.telegram.org puts on every answer, beside Date and the description of the body.</summary>
internal static class TelegramHeaders
{
    private static readonly StringValues Server = "nginx/1.18.0";
    private static readonly StringValues Connection = "keep-alive";
    private static readonly StringValues Security = "max-age=31536000; includeSubDomains; preload";
    private static readonly StringValues Origin = "*";
    private static readonly StringValues Methods = "GET, POST, OPTIONS";
    private static readonly StringValues Exposed = "Content-Length,Content-Type,Date,Server,Connection";

    public static void Apply(HttpResponse response)
    {
        IHeaderDictionary headers = response.Headers;
        headers.Server = Server;
        headers.Connection = Connection;
        headers.StrictTransportSecurity = Security;
        headers.AccessControlAllowOrigin = Origin;
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlExposeHeaders = Exposed;
    }
}
