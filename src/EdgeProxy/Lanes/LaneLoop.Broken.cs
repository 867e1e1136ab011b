namespace EdgeProxy.Lanes;

/// <summary>
/// What happens after an exception in a pass, which is a bug: nobody hangs for it. The loop knows whom it owes an answer, at every moment: the
/// letters it has not applied, the one it is at, the waiters in the heap of deadlines, which they leave with their answer, and those with a turn booked
/// ahead. Who is asked for in Redis comes back as a letter, to the loop's successor.
/// </summary>
internal sealed partial class LaneLoop
{
    // What was posted and is not applied, oldest first.
    private LaneMail? _mail;

    // The letter that is being applied, until its entry is its caller's again.
    private LaneMail? _current;

    /// <summary>Nothing of this loop can be trusted any more: the next pass is its <see cref="Successor"/>'s.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Hands over what was posted, for the next pass.</summary>
    public void Deliver(LaneMail? mail) => _mail = mail;

    /// <summary>
    /// Refuses whoever waits, and all that was posted for this pass. Touches no clock, budget or metric: any of them may be what broke.
    /// </summary>
    public void Break()
    {
        IsBroken = true;
        if (_current is { } broken) LoseMail(broken);
        _current = null;
        foreach (LaneEntry entry in _deadlines.TakeAll()) Lose(entry);
        foreach (LaneEntry entry in _booked?.TakeAll() ?? []) Lose(entry);
        while (_mail is { } letter)
        {
            (_mail, letter.NextMail) = (letter.NextMail, null);
            LoseMail(letter);
        }
    }

    /// <summary>
    /// A loop for the mail that comes next. It starts without lanes; what Telegram said of the whole bot and what was paid today stay. Calls in
    /// flight leave it alone.
    /// </summary>
    public LaneLoop Successor()
    {
        var next = new LaneLoop(_bot, _settings, _time, _shared) { _mail = _mail, _isClosed = _isClosed, Published = Published };
        next._gate.HoldBot(_gate.BotClosedUntil);
        next._budget.RestoreStars(_budget.Stars.Day, _budget.Stars.Stars);
        next._budget.DrainBot(_time.GetTimestamp());
        if (_isAlone) next.GoAlone(_probeAt, _isHeard, _time.GetTimestamp());
        return next;
    }

    private void LoseMail(LaneMail letter)
    {
        switch (letter)
        {
            case LaneEntry { Step: not LaneStep.Leave } entry:
                _deadlines.Remove(entry);
                Lose(entry);
                break;
            case LaneClose close:
                _isClosed = true;
                close.Done.TrySetResult();
                break;
        }
    }

    private static void Lose(LaneEntry entry)
    {
        entry.Loop = null;
        entry.IsLost = true;
        entry.Decide(LaneVerdict.Full, 1);
    }

    // The last that the loop knows of a call that waits: from here on the entry is the caller's, and soon another one's.
    private void Decide(LaneEntry entry, LaneVerdict verdict, int retryAfterS)
    {
        _deadlines.Remove(entry);
        if (_current == entry) _current = null;
        entry.Decide(verdict, retryAfterS);
    }
}
