// node botapi-raw.mjs ROOT TOKEN: status, headers and exact bytes of answers, for every encoding and for what no framework sends.
import http from "node:http";
import { bytes, chats, root, say, sha256, texts, token } from "./botapi-lib.mjs";

const target = new URL(root);
const form = "application/x-www-form-urlencoded";
const json = "application/json";
// What belongs to a connection and not to an answer, and the clock of the server.
const hopByHop = new Set(["connection", "keep-alive", "transfer-encoding", "date"]);

/** One request on a connection of its own. Pieces are written one after the other, chunked unless a length is given. */
function exchange(method, path, headers = {}, pieces = []) {
  return new Promise((done, fail) => {
    const request = http.request({ host: target.hostname, port: target.port, method, path, headers, agent: false }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", fail);
      response.on("end", () => done({ response, body: Buffer.concat(parts) }));
    });
    request.on("error", fail);
    for (const piece of pieces) request.write(piece);
    request.end();
  });
}

async function raw(name, method, path, headers, ...pieces) {
  const { response, body } = await exchange(method, path, headers, pieces);
  const lines = [];
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    const header = response.rawHeaders[i].toLowerCase();
    if (!hopByHop.has(header)) lines.push(`${header}: ${response.rawHeaders[i + 1]}`);
  }
  const text = body.length < 1500 ? body.toString("latin1") : `${body.length} bytes`;
  say(name, `${response.statusCode} ${response.statusMessage} [${lines.sort().join(" | ")}] ${sha256(body)} ${text}`);
}

const call = (method) => `/bot${token}/${method}`;
const encode = encodeURIComponent;
const post = (name, method, type, body) =>
  raw(name, "POST", call(method), { "content-type": type, "content-length": Buffer.byteLength(body) }, body);

function multipart(parts, boundary = "x-edge-boundary") {
  const pieces = parts.flatMap(({ name, file, body }) => [
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file ? `; filename="${file}"` : ""}\r\n\r\n`),
    Buffer.from(body),
    Buffer.from("\r\n"),
  ]);
  return { headers: { "content-type": `multipart/form-data; boundary=${boundary}` }, pieces: [...pieces, Buffer.from(`--${boundary}--\r\n`)] };
}

// 1. Every encoding.
await raw("GET with a query", "GET", call(`sendMessage?chat_id=4001&text=${encode(texts.emoji)}`));
await raw("POST with a query", "POST", call(`sendMessage?chat_id=4002&text=${encode(texts.ukrainian)}`), { "content-length": 0 });
await post("JSON", "sendMessage", json, JSON.stringify({ chat_id: 4003, text: texts.cyrillic, reply_markup: { inline_keyboard: [[]] } }));
await post("JSON, numbers as strings", "sendMessage", json, '{ "text" : "\\u0457\\ud83d\\udc4d" , "chat_id" : "4004" }');
await post("JSON with a charset", "sendMessage", "application/json; charset=utf-8", '{"chat_id":4005,"text":"x"}');
await post("form", "sendMessage", form, `chat_id=4006&text=${encode(texts.emoji)}&reply_markup=${encode('{"inline_keyboard":[]}')}`);
await post("form with plus for space", "sendMessage", form, "text=a+b%2Bc&chat_id=4007");
await raw("JSON in chunks", "POST", call("sendMessage"), { "content-type": json }, '{"chat_id":40', '08,"text":"пол', 'овина"}');
await raw("query and JSON", "POST", call("sendMessage?chat_id=4009"), { "content-type": json }, '{"text":"x"}');
const plain = multipart([{ name: "chat_id", body: "4010" }, { name: "text", body: texts.ukrainian }]);
await raw("multipart without a file", "POST", call("sendMessage"), plain.headers, ...plain.pieces);
const before = multipart([{ name: "chat_id", body: "4011" }, { name: "document", file: "a.bin", body: bytes(70_000) }]);
await raw("multipart, chat before the file", "POST", call("sendDocument"), before.headers, ...before.pieces);
const after = multipart([{ name: "document", file: "a.bin", body: bytes(3_000_000, 9) }, { name: "chat_id", body: "4012" }], "----'()+_,-./:=?");
after.headers["content-type"] = `multipart/form-data; boundary="----'()+_,-./:=?"`;
await raw("multipart, chat after the file", "POST", call("sendDocument"), after.headers, ...after.pieces);
const length = after.pieces.reduce((sum, piece) => sum + piece.length, 0);
await raw("multipart with a length", "POST", call("sendDocument"), { ...after.headers, "content-length": length }, ...after.pieces);

// 2. Names and paths.
await raw("method in capitals", "GET", call("SENDMESSAGE?chat_id=4020&text=x"));
await raw("method in small letters", "GET", call("getme"));
await raw("escaped colon", "GET", `/bot${token.replace(":", "%3A")}/getMe`);
await raw("test environment", "GET", call("test/getMe"));
await raw("test environment, unknown method", "GET", call("test/sendNonsense"));
await raw("unknown method", "POST", call("sendNonsense"), { "content-length": 0 });
await raw("a method of tomorrow", "GET", call("getSomethingNew?a=1"));

// 3. Errors of Telegram.
await post("invalid JSON", "getChat", json, '{"chat_id":');
await post("no chat", "sendMessage", json, '{"text":"x"}');
await post("no such chat", "sendMessage", json, '{"chat_id":"nobody","text":"x"}');
await post("too long", "sendMessage", json, JSON.stringify({ chat_id: 4030, text: "a".repeat(4097) }));
await post("refused", "sendMessage", json, JSON.stringify({ chat_id: chats.refused, text: "x" }));
await post("blocked", "sendMessage", json, JSON.stringify({ chat_id: chats.blocked, text: "x" }));
await post("missing", "getChat", json, JSON.stringify({ chat_id: chats.missing }));
await post("webhook refused", "answerCallbackQuery", json, "{}");

// 4. Bodies of answers.
await raw("gzip accepted", "GET", call("getMe"), { "accept-encoding": "gzip, br" });
await raw("with an agent and headers of a browser", "GET", call("getMe"), { "user-agent": "bot/1.0", origin: "https://example.org" });

// 5. Files.
const upload = multipart([{ name: "chat_id", body: "4040" }, { name: "document", file: "f.bin", body: bytes(500_000, 11) }]);
const sent = JSON.parse((await exchange("POST", call("sendDocument"), upload.headers, upload.pieces)).body);
const found = JSON.parse((await exchange("GET", call(`getFile?file_id=${sent.result.document.file_id}`))).body);
const file = `/file/bot${token}/${found.result.file_path}`;
await raw("file", "GET", file);
await raw("range", "GET", file, { range: "bytes=10-19" });
await raw("range from the end", "GET", file, { range: "bytes=-5" });
await raw("range that is not there", "GET", file, { range: "bytes=900000-" });
const { response } = await exchange("GET", file);
await raw("not modified", "GET", file, { "if-none-match": response.headers.etag });
await raw("HEAD", "HEAD", file);
await raw("no such file", "GET", `/file/bot${token}/documents/none.bin`);
