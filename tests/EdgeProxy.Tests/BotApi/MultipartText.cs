using System.Text;

namespace EdgeProxy.Tests.BotApi;

/// <summary>Writes multipart/form-data byte by byte, so that a test decides order, names and content.</summary>
internal sealed class MultipartText(string boundary = "edge-b0undary")
{
    private readonly MemoryStream _body = new();

    public string ContentType => "multipart/form-data; boundary=" + boundary;

    public MultipartText Field(string name, string value)
    {
        Write($"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        return this;
    }

    public MultipartText File(string name, byte[] content, string fileName = "a.bin")
    {
        Write($"--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{fileName}\"\r\n"
            + "Content-Type: application/octet-stream\r\n\r\n");
        _body.Write(content);
        Write("\r\n");
        return this;
    }

    public MultipartText Raw(string text)
    {
        Write(text);
        return this;
    }

    public byte[] End()
    {
        Write($"--{boundary}--\r\n");
        return _body.ToArray();
    }

    private void Write(string text) => _body.Write(Encoding.UTF8.GetBytes(text));
}
