namespace EdgeProxy.Simulator.Telegram;

/// <summary>The names of methods that exist, lower case. What is not here is answered with 404.</summary>
internal static class MethodNames
{
    private static readonly HashSet<string> Known = new(
        """
           getme logout close getupdates setwebhook deletewebhook getwebhookinfo
           sendmessage forwardmessage forwardmessages copymessage copymessages sendphoto sendaudio senddocument sendvideo sendanimation
           sendvoice sendvideonote sendpaidmedia sendmediagroup sendlocation sendvenue sendcontact sendpoll senddice sendchecklist
           sendsticker sendinvoice sendgame sendchataction sendgift sendmessagedraft
           setmessagereaction editmessagetext editmessagecaption editmessagemedia editmessagelivelocation stopmessagelivelocation
           editmessagereplymarkup editmessagechecklist stoppoll deletemessage deletemessages
           getuserprofilephotos setuseremojistatus getfile banchatmember unbanchatmember restrictchatmember promotechatmember
           setchatadministratorcustomtitle banchatsenderchat unbanchatsenderchat setchatpermissions exportchatinvitelink
           createchatinvitelink editchatinvitelink revokechatinvitelink approvechatjoinrequest declinechatjoinrequest setchatphoto
           deletechatphoto setchattitle setchatdescription pinchatmessage unpinchatmessage unpinallchatmessages leavechat getchat
           getchatadministrators getchatmembercount getchatmember setchatstickerset deletechatstickerset getforumtopiciconstickers
           createforumtopic editforumtopic closeforumtopic reopenforumtopic deleteforumtopic unpinallforumtopicmessages
           editgeneralforumtopic closegeneralforumtopic reopengeneralforumtopic hidegeneralforumtopic unhidegeneralforumtopic
           answercallbackquery answerinlinequery answerwebappquery answershippingquery answerprecheckoutquery getuserchatboosts
           getbusinessconnection setmycommands deletemycommands getmycommands setmyname getmyname setmydescription getmydescription
           setmyshortdescription getmyshortdescription setchatmenubutton getchatmenubutton setmydefaultadministratorrights
           getmydefaultadministratorrights getstickerset getcustomemojistickers uploadstickerfile refundstarpayment createinvoicelink
           """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries),
        StringComparer.OrdinalIgnoreCase);

    public static bool Contains(string method) => Known.Contains(method);

    /// <summary>The name in lower case; no new string for one that is known.</summary>
    public static string Canonical(string method) => Known.TryGetValue(method, out string? known) ? known : method.ToLowerInvariant();

    /// <summary>The methods that make or change messages, and so count against the limits.</summary>
    public static bool IsSend(string method) =>
        method is not ("sendchataction" or "sendmessagedraft")
        && (method.StartsWith("send", StringComparison.Ordinal) || method.StartsWith("copymessage", StringComparison.Ordinal)
            || method.StartsWith("forwardmessage", StringComparison.Ordinal) || IsEdit(method));

    public static bool IsEdit(string method) =>
        method.StartsWith("editmessage", StringComparison.Ordinal) || method is "stoppoll" or "stopmessagelivelocation";
}
