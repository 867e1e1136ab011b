namespace EdgeProxy.FakeDc.Telegram;

/// <summary>Who and what exists. Guarded by the data centre's lock; ids are handed out in order, so that a run can be repeated.</summary>
internal sealed class World(TimeProvider time)
{
    // Ids as large as the newest real ones: they do not fit into 32 bits.
    private const long FirstAccount = 7_000_000_001;
    private const long FirstBot = 6_500_000_001;
    private const long FirstMember = 5_000_000_001;
    private const long FirstChannel = 2_100_000_001;
    private const long FirstMedia = 5_400_000_000_000_000_001;

    private readonly Dictionary<long, User> _users = [];
    private readonly Dictionary<string, User> _phones = new(StringComparer.Ordinal);
    private readonly Dictionary<string, User> _usernames = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<long, Channel> _channels = [];
    private readonly Dictionary<long, Media> _media = [];
    private long _accounts;
    private long _bots;
    private long _members;

    public IEnumerable<User> Users => _users.Values;

    public IEnumerable<Channel> Channels => _channels.Values;

    public IEnumerable<Media> Media => _media.Values;

    public int Now => (int)time.GetUtcNow().ToUnixTimeSeconds();

    public User? FindUser(long id) => _users.GetValueOrDefault(id);

    public User? FindPhone(string phone) => _phones.GetValueOrDefault(Digits(phone));

    public User? FindUsername(string username) => _usernames.GetValueOrDefault(username);

    public Channel? FindChannel(long id) => _channels.GetValueOrDefault(id);

    public User AddAccount(string phone, string firstName, string username)
    {
        var user = Add(FirstAccount + _accounts++, firstName, "", username);
        user.Phone = Digits(phone);
        _phones.Add(user.Phone, user);
        return user;
    }

    public User AddBot(string username, string firstName)
    {
        var user = Add(FirstBot + _bots++, firstName, "", username);
        user.IsBot = true;
        return user;
    }

    public User AddMember(string firstName, string lastName, string username) => Add(FirstMember + _members++, firstName, lastName, username);

    /// <summary>Adds <paramref name="count"/> new users to a channel, a minute apart, the last one now.</summary>
    public void AddMembers(Channel channel, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var (first, last, username) = MemberNames.Of((int)_members);
            channel.Join(AddMember(first, last, username), Now - ((count - i) * 60), channel.Creator.Id);
        }
    }

    public Channel AddChannel(string title, string about, User creator)
    {
        var id = FirstChannel + _channels.Count;
        var channel = new Channel { Id = id, AccessHash = HashOf(id), Title = title, About = about, Creator = creator, Date = Now };
        channel.Join(creator, Now, creator.Id);
        _channels.Add(id, channel);
        return channel;
    }

    public Media? FindMedia(long id) => _media.GetValueOrDefault(id);

    public Media AddMedia(StoredFile file, bool isPhoto, string mimeType, List<object> attributes, int dcId)
    {
        var id = FirstMedia + _media.Count;
        var media = new Media
        {
            Id = id,
            AccessHash = HashOf(id),
            Reference = BitConverter.GetBytes(HashOf(id + 1)),
            File = file,
            Date = Now,
            IsPhoto = isPhoto,
            MimeType = mimeType,
            Attributes = attributes,
            DcId = dcId,
        };
        _media.Add(id, media);
        return media;
    }

    private static string Digits(string phone) => new([.. phone.Where(char.IsAsciiDigit)]);

    /// <summary>Looks random and can be told again: an access hash is a name that only those know who were given it.</summary>
    private static long HashOf(long id) => unchecked((long)(((ulong)id * 0x9E3779B97F4A7C15) ^ 0x5bd1e995_5bd1e995));

    private User Add(long id, string firstName, string lastName, string username)
    {
        var user = new User { Id = id, AccessHash = HashOf(id), FirstName = firstName, LastName = lastName, Username = username };
        _users.Add(id, user);
        if (username.Length > 0)
            _usernames.Add(username, user);
        return user;
    }
}
