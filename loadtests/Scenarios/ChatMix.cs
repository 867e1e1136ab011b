namespace EdgeProxy.LoadTests.Scenarios;

/// <summary>Which chats get how many messages, and the least time in which the strict simulator lets them pass.</summary>
/// <param name="Chats">Signed Bot API ids.</param>
/// <param name="Messages">In all, dealt out in turn, so that chats differ by at most one.</param>
internal sealed record ChatMix(IReadOnlyList<long> Chats, int Messages)
{
    // The simulator's buckets (BotChats): capacity and messages a second. They are full at the start.
    private const int BotBurst = 30;
    private const double BotPerSecond = 30;
    private const int PrivateBurst = 5;
    private const double PrivatePerSecond = 1;
    private const int GroupBurst = 20;
    private const double GroupPerSecond = 20 / 60.0;

    private const long FirstUser = 700_000_001;
    private const long FirstGroup = -1_001_000_000_001;
    private const long FirstChannel = -1_002_000_000_001;

    public static ChatMix Of(int users, int groups, int channels, int messages) => new(
        [
            .. Enumerable.Range(0, users).Select(index => FirstUser + index),
            .. Enumerable.Range(0, groups).Select(index => FirstGroup - index),
            .. Enumerable.Range(0, channels).Select(index => FirstChannel - index),
        ],
        messages);

    public int MessagesOf(int chatIndex) => (Messages / Chats.Count) + (chatIndex < Messages % Chats.Count ? 1 : 0);

    /// <summary>The bot's bucket bounds it, or the slowest chat's: whatever is slower.</summary>
    public double LegalSeconds
    {
        get
        {
            double least = (Messages - BotBurst) / BotPerSecond;
            for (int index = 0; index < Chats.Count; index++)
            {
                int count = MessagesOf(index);
                double chat = Chats[index] > 0 ? (count - PrivateBurst) / PrivatePerSecond : (count - GroupBurst) / GroupPerSecond;
                least = Math.Max(least, chat);
            }

            return least;
        }
    }
}
