using System.Reflection;
using EdgeProxy.Outbox;
using EdgeProxy.Sqlite;

namespace EdgeProxy.Tests.Outbox;

/// <summary>A store whose disk cannot be read for a number of calls of one method.</summary>
public class FailingWork : DispatchProxy
{
    private volatile string _method = "";
    private int _left;
    private int _failed;

    internal IOutboxWork? Store { get; set; }

    /// <summary>Calls that failed so far.</summary>
    public int Failed => Volatile.Read(ref _failed);

    /// <summary>Fails the next calls of that method. Returns how many will have failed then.</summary>
    public int Fail(string method, int count)
    {
        (_method, _left) = (method, count);
        return Failed + count;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == _method && Interlocked.Decrement(ref _left) >= 0)
        {
            Interlocked.Increment(ref _failed);
            throw new StateFileException("the disk failed", 10);
        }

        return targetMethod.Invoke(Store, args);
    }
}
