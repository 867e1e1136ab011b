using System.Text;
using EdgeProxy.BotApi;
using EdgeProxy.Primitives;
using EdgeProxy.Telegram;
using EdgeProxy.Tests.Telegram;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace EdgeProxy.Tests.BotApi;

/// <summary>The scanner of multipart bodies, cut anywhere, against the whole and against the framework's reader.</summary>
public sealed class MultipartScanTests
{
    private const string Boundary = "--x";
    private static readonly ApiMethod Document = ApiMethod.Of("sendDocument");

    [Fact]
    public void A_cut_at_every_byte_changes_nothing()
    {
        byte[] body = new MultipartText(Boundary).Field("chat_id", "42").Field("text", "Привет\r\n--\r\n----y 👋\r")
            .File("document", "\r\n----\r\n----\r----y\r\n\r\n----"u8.ToArray()).Field("empty", "").Field("allow_paid_broadcast", "true").End();
        (MultipartPlace Place, string Found) whole = Scan([body]);
        Assert.Equal(MultipartPlace.End, whole.Place);
        Assert.Equal(Framework(body), whole.Found);
        Assert.Contains("Id = 42", whole.Found, StringComparison.Ordinal);
        for (int cut = 0; cut <= body.Length; cut++) Assert.Equal(whole, Scan([body[..cut], body[cut..]]));
        Assert.Equal(whole, Scan([.. body.Select(one => new[] { one })]));
        Assert.NotEqual(whole, Scan([body[..^30]]));
    }

    [Fact]
    public void Any_body_in_any_pieces_is_read_as_the_framework_reads_it() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(JsonText.Seeds, seed =>
        {
            var random = new Random(seed);
            byte[] body = Body(random);
            (MultipartPlace place, string found) = Scan([.. Pieces(body, random)]);
            Assert.True(place == MultipartPlace.End, Encoding.Latin1.GetString(body));
            return found == Framework(body);
        }));

    [Fact]
    public void Damage_is_judged_the_same_in_any_pieces() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(JsonText.Seeds, seed =>
        {
            var random = new Random(seed);
            byte[] body = JsonText.Damage(Body(random), random);
            return Scan([.. Pieces(body, random)]) == Scan([body]);
        }));

    [Fact]
    public void What_the_lanes_need_is_known_as_soon_as_its_field_has_ended()
    {
        var scan = new MultipartScan(Document, Boundary, default, null);
        scan.Feed(Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"chat_id\"\r\n\r\n-1001"));
        Assert.True(scan.Fields.Chat.IsNone);
        scan.Feed(Encoding.UTF8.GetBytes($"\r\n--{Boundary}\r\n"));
        Assert.Equal(-1001, scan.Fields.Chat.Id);
        Assert.True(scan.Fields.IsComplete(Document));
        Assert.False(scan.FileSeen);
        scan.Feed("Content-Disposition: form-data; name=document; filename=a\r\n\r\n"u8);
        Assert.True(scan.FileSeen);
    }

    [Theory]
    [InlineData("name=\"chat_id\"", "chat_id", false)]
    [InlineData("name=chat_id", "chat_id", false)]
    [InlineData("name=\"chat%5Fid\"", "chat_id", false)]
    [InlineData("name=\"a+b\"", "a+b", false)]
    [InlineData("name=\"a\\\"b\\\\c\"", "a\"b\\c", false)]
    [InlineData("filename=\"Отчёт; name=x.bin\"; name=\"document\"", "document", true)]
    [InlineData("name=\"document\"; filename=\"\"", "document", true)]
    [InlineData("name=\"document\"; filename*=UTF-8''a", "document", false)]
    public void A_part_is_named_as_Telegram_names_it(string disposition, string name, bool isFile)
    {
        byte[] headers = Encoding.UTF8.GetBytes($"Content-Type: text/plain\r\ncontent-DISPOSITION: form-data; {disposition}\r\nX: y\r\n");
        Assert.True(PartHeaders.TryRead(headers, out byte[] found, out byte[]? fileName, out _));
        Assert.Equal(name, Encoding.UTF8.GetString(found));
        Assert.Equal(isFile, fileName is not null);
    }

    [Theory]
    [InlineData("Content-Disposition: form-data; name=\"open\r\n")]
    [InlineData("Content-Disposition: form-data\r\n")]
    [InlineData("Content-Disposition: attachment; name=\"a\"\r\n")]
    [InlineData("Content-Disposition: form-data; name=\"a\" filename=\"b\"\r\n")]
    [InlineData("Content-Type: text/plain\r\n")]
    [InlineData("no colon\r\n")]
    public void A_part_without_a_name_is_none(string headers) =>
        Assert.False(PartHeaders.TryRead(Encoding.UTF8.GetBytes(headers), out _, out _, out _));

    [Theory]
    [InlineData("before\r\n----x\r\n")]
    [InlineData("----x \r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n----x--")]
    [InlineData("----x\r\n\r\nvalue\r\n----x--")]
    [InlineData("----y\r\n")]
    public void What_two_readers_could_read_in_two_ways_is_refused(string body) =>
        Assert.Equal(MultipartPlace.Failed, Scan([Encoding.UTF8.GetBytes(body)]).Place);

    [Fact]
    public void A_huge_field_and_huge_headers_are_refused_at_their_bounds()
    {
        var scan = new MultipartScan(Document, Boundary, default, null);
        scan.Feed(Encoding.UTF8.GetBytes($"--{Boundary}\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\n"));
        byte[] piece = new byte[Limits.MultipartFieldBytesMax / 4];
        for (int i = 0; i < 4; i++) scan.Feed(piece);
        Assert.Equal(MultipartPlace.Value, scan.Place);
        scan.Feed(new byte[Boundary.Length + 8]);
        Assert.Equal(MultipartPlace.Failed, scan.Place);
        Assert.True(scan.FieldTooLarge);

        byte[] opening = Encoding.UTF8.GetBytes($"--{Boundary}\r\nX: ");
        Assert.Equal(MultipartPlace.Failed, Scan([opening, new byte[Limits.MultipartHeaderBytesMax]]).Place);
    }

    [Theory]
    [InlineData("multipart/form-data; boundary=abc", "abc")]
    [InlineData("multipart/form-data; boundary=\"a b\"; charset=utf-8", "a b")]
    [InlineData("multipart/form-data; charset=utf-8; BOUNDARY=abc;x=y", "abc")]
    [InlineData("multipart/form-data", null)]
    [InlineData("multipart/form-data; boundary=", null)]
    [InlineData("multipart/form-data; xboundary=a; boundary=b", null)]
    [InlineData("multipart/form-data; boundary=Ж", null)]
    public void A_boundary_is_found_as_Telegram_finds_it(string type, string? boundary) => Assert.Equal(boundary, CallReader.BoundaryOf(type));

    // What a scan finds: its place, what the lanes need, and the hash over every part that a witness saw.
    private static (MultipartPlace Place, string Found) Scan(IReadOnlyCollection<byte[]> pieces)
    {
        using var witness = new PartWitness(Document, false);
        var scan = new MultipartScan(Document, Boundary, default, witness);
        foreach (byte[] piece in pieces) scan.Feed(piece);
        if (scan.ChatId is { } chat)
        {
            // The place is right when another chat in it is what a second scan finds.
            byte[] whole = [.. pieces.SelectMany(piece => piece)];
            var again = new MultipartScan(Document, Boundary, default, null);
            again.Feed(chat.Patch(whole, -77));
            Assert.Equal(new ChatTarget(-77, null), again.Fields.Chat);
            Assert.Equal(scan.Place, again.Place);
        }

        return (scan.Place, Print(scan.Fields, scan.FileSeen, Hash(witness)));
    }

    private static string Print(CallFields fields, bool file, IdempotencyHash hash) => $"{fields.Chat} {fields.Weight} {fields.Paid} {file} {hash}";

    private static IdempotencyHash Hash(PartWitness witness) => witness.HashOf(
        new OutgoingCall { Method = Document, Body = new MultipartBody(default, "", null) });

    // The same gathered from the parts as the framework's reader finds them.
    private static string Framework(byte[] body)
    {
        using var witness = new PartWitness(Document, false);
        var fields = default(CallFields);
        var reader = new MultipartReader(Boundary, new MemoryStream(body));
        bool file = false;
        while (reader.ReadNextSectionAsync().GetAwaiter().GetResult() is { } section)
        {
            var disposition = ContentDispositionHeaderValue.Parse(section.ContentDisposition!);
            byte[] name = Encoding.UTF8.GetBytes(HeaderUtilities.RemoveQuotes(disposition.Name).ToString());
            using var content = new MemoryStream();
            section.Body.CopyTo(content);
            if (disposition.IsFileDisposition())
            {
                file = true;
                witness.File(name, Encoding.UTF8.GetBytes(HeaderUtilities.RemoveQuotes(disposition.FileName).ToString()), content.Length);
                continue;
            }

            fields.Take(Document, name, content.ToArray());
            witness.Field(name, content.ToArray());
        }

        return Print(fields, file, Hash(witness));
    }

    // Contents are made of what a delimiter is made of, so that beginnings of one are frequent.
    private static byte[] Body(Random random)
    {
        string[] words = ["\r", "\n", "\r\n", "-", "--", "\r\n-", "\r\n--", "\r\n---", "\r\n----", "x", "Ж", "👋", "text"];
        string[] names = ["chat_id", "text", "caption", "allow_paid_broadcast"];
        var body = new MultipartText(Boundary);
        int parts = random.Next(1, 8);
        for (int part = 0; part < parts; part++)
        {
            string content = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => words[random.Next(words.Length)]));
            if (("\r\n" + content + "\r\n").Contains("\r\n--" + Boundary, StringComparison.Ordinal)) content = "x";
            string name = names[random.Next(names.Length)];
            if (random.Next(4) == 0) body.File("document", Encoding.UTF8.GetBytes(content));
            else body.Field(name, name == "chat_id" && random.Next(2) == 0 ? "-1001234567890" : content);
        }

        return body.End();
    }

    private static IEnumerable<byte[]> Pieces(byte[] body, Random random)
    {
        for (int at = 0; at < body.Length;)
        {
            int length = Math.Min(random.Next(0, random.Next(2) == 0 ? 4 : 60), body.Length - at);
            yield return body[at..(at + length)];
            at += length;
        }
    }
}
