// node botapi-refusals.mjs ROOT TOKEN: what the proxy answers by itself in Telegram's words: status, type and bytes are compared, and not
// the headers of Telegram's front end.
import { root, say, token } from "./botapi-lib.mjs";

async function refused(name, path, init) {
  const answer = await fetch(root + path, init);
  say(name, `${answer.status} ${answer.headers.get("content-type")} ${await answer.text()}`);
}

const stranger = "999:AAStrangerStrangerStrangerStranger00";
await refused("unknown token", `/bot${stranger}/getMe`);
await refused("unknown token, POST", `/bot${stranger}/sendMessage`, { method: "POST", body: new URLSearchParams({ chat_id: 1, text: "x" }) });
await refused("unknown token, upload", `/bot${stranger}/sendDocument`, { method: "POST", body: new Blob(["x"]) });
await refused("malformed token", "/botnonsense/getMe");
await refused("unknown token, file", `/file/bot${stranger}/documents/a.bin`);
await refused("no method", `/bot${token}/`);
await refused("no slash", `/bot${token}`);
await refused("too many parts", `/bot${token}/a/b`);
