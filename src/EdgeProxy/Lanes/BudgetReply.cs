namespace EdgeProxy.Lanes;

/// <summary>An answer of the shared budget.</summary>
/// <param name="Answer">What it says.</param>
/// <param name="WaitUs">Granted: until the call may go; else until asking again makes sense. Microseconds from now.</param>
/// <param name="Level">Messages that the bot has left at once; negative when turns are booked ahead.</param>
/// <param name="Second">The server's second in which it was granted: what ends the reservation names it.</param>
/// <param name="ByStars">The grant costs Stars instead of the free budget.</param>
internal readonly record struct BudgetReply(BudgetAnswer Answer, long WaitUs = 0, double Level = 0, long Second = 0, bool ByStars = false);
