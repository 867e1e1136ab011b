namespace EdgeProxy.Journal;

/// <summary>
/// Requests that are not in use, linked through their Next. Never holds more than were in flight at once, which the queue bounds.
/// </summary>
internal sealed class AppendRequestPool
{
    private readonly Lock _lock = new();
    private AppendRequest? _free;

    public AppendRequest Rent()
    {
        lock (_lock)
        {
            if (_free is not { } request)
                return new AppendRequest(this);
            _free = request.Next;
            request.Next = null;
            return request;
        }
    }

    public void Return(AppendRequest request)
    {
        lock (_lock)
        {
            request.Next = _free;
            _free = request;
        }
    }
}
