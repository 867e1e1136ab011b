using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace EdgeProxy.Tests.Admin;

/// <summary>Members as Telegram gives them: those of whom a name begins so, 10,000 at the most for one question.</summary>
internal sealed class FakeMembers(IReadOnlyList<(long Id, string First, string Last)> people)
{
    private const int QueryMax = 10_000;

    public string Page(IQueryCollection query)
    {
        string prefix = query["q"].ToString();
        int offset = int.Parse(query["offset"]!, CultureInfo.InvariantCulture);
        int limit = int.Parse(query["limit"]!, CultureInfo.InvariantCulture);
        List<(long Id, string First, string Last)> found = [.. people.Where(person => Begins(person.First, prefix) || Begins(person.Last, prefix))];
        var page = new StringBuilder($$"""{"total":{{found.Count}},"members":[""");
        int end = Math.Min(Math.Min(offset + limit, found.Count), QueryMax);
        for (int i = offset; i < end; i++)
        {
            if (i > offset) page.Append(',');
            (long id, string first, string last) = found[i];
            page.Append(CultureInfo.InvariantCulture, $$"""{"user":{"user_id":{{id}},"first_name":"{{first}}","last_name":"{{last}}"},"role":"member"}""");
        }

        string next = end < Math.Min(found.Count, QueryMax) ? end.ToString(CultureInfo.InvariantCulture) : "null";
        return page.Append(CultureInfo.InvariantCulture, $$"""],"next_offset":{{next}}}""").ToString();
    }

    private static bool Begins(string name, string prefix) => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
}
