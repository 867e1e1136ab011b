namespace EdgeProxy.Admin;

/// <summary>What a job is for. Stored by number: add at the end.</summary>
internal enum JobKind
{
    CreateGroup,
    SetPhoto,
    AddBots,
    CreateTopics,
    EditTopic,
    DeleteTopic,
    SendFile,
}
