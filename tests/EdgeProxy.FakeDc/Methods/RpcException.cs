namespace EdgeProxy.FakeDc.Methods;

/// <summary>An rpc_error: Telegram's code and text.</summary>
internal sealed class RpcException(int code, string error) : Exception(error)
{
    public int Code => code;

    public string Error => Message;

    public static RpcException Bad(string error) => new(400, error);
}
