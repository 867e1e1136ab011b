using System.Text.Json;

namespace EdgeProxy.Configuration;

/// <summary>Describes what may be done to a bot at run time, in the installation's OpenAPI document.</summary>
internal static class BotsOpenApi
{
    private const string Paths =
        """
        {
          "/v1/bots/{bot}/tokens": {
            "parameters": [{"name":"bot","in":"path","description":"A bot's name.","required":true,"schema":{"type":"string"}}],
            "get": {
              "operationId": "listClientTokens", "summary": "The bot's client tokens, without their texts.", "security": [{"key":["admin"]}],
              "responses": {
                "200": {"description":"In order of issue.","content":{"application/json":{"schema":{"type":"object"}}}},
                "default": {"description":"Problem details.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}
              }
            },
            "post": {
              "operationId": "issueClientToken", "summary": "Issue a token that stands for the bot's own.", "security": [{"key":["admin"]}],
              "requestBody": {"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/NewClientToken"}}}},
              "responses": {
                "201": {"description":"Its text is shown this once.","content":{"application/json":{"schema":{"type":"object"}}}},
                "default": {"description":"Problem details.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}
              }
            }
          },
          "/v1/bots/{bot}/tokens/{token}": {
            "parameters": [
              {"name":"bot","in":"path","description":"A bot's name.","required":true,"schema":{"type":"string"}},
              {"name":"token","in":"path","description":"A client token's name or id.","required":true,"schema":{"type":"string"}}
            ],
            "delete": {
              "operationId": "revokeClientToken", "summary": "Revoke it, at once.", "security": [{"key":["admin"]}],
              "responses": {
                "204": {"description":"It opens nothing any more."},
                "default": {"description":"Problem details.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}
              }
            }
          },
          "/v1/bots/{bot}/subscriptions": {
            "parameters": [{"name":"bot","in":"path","description":"A bot's name.","required":true,"schema":{"type":"string"}}],
            "get": {
              "operationId": "listSubscriptions", "summary": "Who gets the bot's updates, and how far each is.", "security": [{"key":["admin"]}],
              "responses": {
                "200": {"description":"Those of the configuration first.","content":{"application/json":{"schema":{"type":"object"}}}},
                "default": {"description":"Problem details.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}
              }
            }
          },
          "/v1/bots/{bot}/subscriptions/{name}": {
            "parameters": [
              {"name":"bot","in":"path","description":"A bot's name.","required":true,"schema":{"type":"string"}},
              {"name":"name","in":"path","description":"1 to 64 of a-z 0-9 _ -","required":true,"schema":{"type":"string"}}
            ],
            "get": {
              "operationId": "getSubscription", "summary": "One of them.", "security": [{"key":["admin"]}],
              "responses": {
                "200": {"description":"What it asks for, and how far it is.","content":{"application/json":{"schema":{"type":"object"}}}},
                "default": {"description":"Problem details.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}
              }
            },
            "put": {
              "operationId": "putSubscription", "summary": "Make one, or change what it asks for.", "security": [{"key":["admin"]}],
              "requestBody": {"required":true,"content":{"application/json":{"schema":{"$ref":"#/components/schemas/PutSubscription"}}}},
              "responses": {
                "200": {"description":"Changed: it goes on where it was.","content":{"application/json":{"schema":{"type":"object"}}}},
                "201": {"description":"Made: it begins with the next update.","content":{"application/json":{"schema":{"type":"object"}}}},
                "default": {"description":"Problem details.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}
              }
            },
            "delete": {
              "operationId": "deleteSubscription", "summary": "End one that was made here.", "security": [{"key":["admin"]}],
              "responses": {
                "204": {"description":"It gets nothing any more."},
                "default": {"description":"Problem details.","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}
              }
            }
          }
        }
        """;

    private const string Schemas =
        """
        {
          "NewClientToken": {
            "type": "object", "required": ["name"], "additionalProperties": false,
            "properties": {
              "name": {"type":"string","pattern":"^[a-z][a-z0-9_-]{0,63}$"},
              "methods": {"type":"array","items":{"type":"string"},"description":"Such as sendMessage or get*; absent: all."},
              "chats": {"type":"array","items":{"type":["integer","string"]},"description":"Ids or @names; absent: all."},
              "expires_at": {"type":["string","integer"],"description":"A time with its offset, or seconds since 1970; absent: never."}
            }
          },
          "PutSubscription": {
            "type": "object", "required": ["url"], "additionalProperties": false,
            "properties": {
              "url": {"type":"string","format":"uri","description":"Where updates are POSTed."},
              "secret": {"type":"string","description":"Sent as X-Telegram-Bot-Api-Secret-Token."},
              "kinds": {"type":"array","items":{"type":"string"},"description":"Of the Bot API, such as message; absent: Telegram's default."},
              "chat_types": {"type":"array","items":{"enum":["private","group","supergroup","channel","sender"]}},
              "commands": {"type":"array","items":{"type":"string"},"description":"Leading commands that are wanted; absent: no condition."},
              "except_commands": {"type":"array","items":{"type":"string"},"description":"Leading commands that are not."},
              "max_in_flight": {"type":"integer","minimum":1,"maximum":1000,"default":40},
              "timeout_ms": {"type":"integer","minimum":100,"maximum":600000,"default":60000},
              "start_from": {"enum":["now","oldest"],"default":"now","description":"Where a new one begins."}
            }
          }
        }
        """;

    /// <summary>Writes the paths (true) or the schemas (false).</summary>
    public static void Describe(Utf8JsonWriter json, bool paths)
    {
        using JsonDocument document = JsonDocument.Parse(paths ? Paths : Schemas);
        foreach (JsonProperty property in document.RootElement.EnumerateObject()) property.WriteTo(json);
    }
}
