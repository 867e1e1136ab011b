namespace EdgeProxy.Bench.Subjects;

/// <summary>An update as a source-generated object model that knows only what <see cref="EnvelopeScan"/> asks for.</summary>
internal sealed class UpdateModel
{
    public long UpdateId { get; set; }
    public PayloadModel? Message { get; set; }
    public PayloadModel? EditedMessage { get; set; }
    public PayloadModel? CallbackQuery { get; set; }
    public PayloadModel? ChatMember { get; set; }
    public PayloadModel? MyChatMember { get; set; }
}
