namespace EdgeProxy.Admin;

/// <summary>One call, or one look and one call, of the MTProto process. Stored by number: add at the end.</summary>
internal enum StepKind
{
    CreateGroup,
    SetPhoto,
    AddBot,
    CreateTopic,
    EditTopic,
    DeleteTopic,
    ReceiveFile,
    SendFile,
}
