namespace EdgeProxy.Lanes;

/// <summary>Many writers, one reader, no lock: writers push onto a stack, the reader takes all of it and turns it round.</summary>
internal sealed class LaneMailbox
{
    private LaneMail? _top;

    public void Post(LaneMail mail)
    {
        LaneMail? top = Volatile.Read(ref _top);
        while (true)
        {
            mail.NextMail = top;
            LaneMail? seen = Interlocked.CompareExchange(ref _top, mail, top);
            if (seen == top) return;
            top = seen;
        }
    }

    /// <summary>All that was posted, oldest first, chained by NextMail.</summary>
    public LaneMail? TakeAll()
    {
        LaneMail? rest = Interlocked.Exchange(ref _top, null);
        LaneMail? first = null;
        while (rest is not null)
        {
            LaneMail? next = rest.NextMail;
            rest.NextMail = first;
            first = rest;
            rest = next;
        }

        return first;
    }
}
