namespace EdgeProxy.Configuration;

/// <summary>How a log line is written.</summary>
internal enum LogFormat
{
    Text,
    Json,
}
