using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Telegram;

/// <summary>One user in one channel.</summary>
internal sealed class Member
{
    public required User User { get; init; }

    /// <summary>Unix seconds.</summary>
    public required int Date { get; init; }

    public required long InviterId { get; init; }

    /// <summary>chatAdminRights; null for who is no admin.</summary>
    public TlObject? Rights { get; set; }

    public string Rank { get; set; } = "";

    public long PromotedBy { get; set; }

    public TlObject ToTl(Channel channel, User viewer)
    {
        var rank = Rank.Length == 0 ? null : Rank;
        if (channel.Creator == User)
        {
            return new TlObject("channelParticipantCreator")
            {
                ["user_id"] = User.Id,
                ["admin_rights"] = Rights ?? Channel.AllRights(),
                ["rank"] = rank,
            };
        }

        if (Rights is not null)
        {
            return new TlObject("channelParticipantAdmin")
            {
                ["can_edit"] = viewer == channel.Creator,
                ["self"] = viewer == User,
                ["inviter_id"] = viewer == User ? InviterId : null,
                ["user_id"] = User.Id,
                ["promoted_by"] = PromotedBy,
                ["date"] = Date,
                ["admin_rights"] = Rights,
                ["rank"] = rank,
            };
        }

        return viewer == User
            ? new TlObject("channelParticipantSelf") { ["user_id"] = User.Id, ["inviter_id"] = InviterId, ["date"] = Date }
            : new TlObject("channelParticipant") { ["user_id"] = User.Id, ["date"] = Date, ["rank"] = rank };
    }
}
