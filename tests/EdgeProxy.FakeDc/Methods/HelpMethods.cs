using EdgeProxy.FakeDc.Tl;

namespace EdgeProxy.FakeDc.Methods;

/// <summary>help.*: what a client asks before it knows anybody.</summary>
internal sealed class HelpMethods(DataCentre centre)
{
    private const int ConfigSeconds = 3600;

    public void Register(Dictionary<string, Func<Call, object>> methods)
    {
        methods["help.getConfig"] = _ => Config();
        methods["help.getNearestDc"] = _ =>
            new TlObject("nearestDc") { ["country"] = "NL", ["this_dc"] = centre.DcId, ["nearest_dc"] = centre.DcId };
        methods["help.getAppConfig"] = _ => new TlObject("help.appConfig")
        {
            ["hash"] = 1,
            ["config"] = new TlObject("jsonObject")
            {
                ["value"] = new List<object>
                {
                    new TlObject("jsonObjectValue")
                    {
                        ["key"] = "upload_max_fileparts_default",
                        ["value"] = new TlObject("jsonNumber") { ["value"] = 4000.0 },
                    },
                },
            },
        };
    }

    private TlObject Option(int id, bool isMediaOnly) => new("dcOption")
    {
        ["media_only"] = isMediaOnly,
        ["static"] = true,
        ["id"] = id,
        ["ip_address"] = "127.0.0.1",
        ["port"] = centre.Port,
    };

    private TlObject Config()
    {
        var config = new TlObject("config")
        {
            ["date"] = centre.Now,
            ["expires"] = centre.Now + ConfigSeconds,
            ["test_mode"] = false,
            ["this_dc"] = centre.DcId,
            ["dc_options"] = Enumerable.Range(1, 5).SelectMany(id => new List<object> { Option(id, false), Option(id, true) }).ToList(),
            ["dc_txt_domain_name"] = "localhost",
            ["me_url_prefix"] = "https://localhost/",
            ["chat_size_max"] = 200,
            ["megagroup_size_max"] = 200_000,
            ["caption_length_max"] = 1024,
            ["message_length_max"] = 4096,
            ["webfile_dc_id"] = 4,
        };
        // The rest are numbers for pacing and lists that no one here reads; the schema wants them there.
        foreach (var field in TlSchema.Instance.ByName("config").Fields)
        {
            if (field is { Type.Kind: TlKind.Int, FlagsField: null })
                config[field.Name] ??= 100;
        }

        return config;
    }
}
