// node botapi-node-telegram-bot-api.mjs ROOT TOKEN: what a bot written with node-telegram-bot-api gets from the Bot API at ROOT. It sends
// urlencoded forms whose structures are JSON strings, and a chunked multipart for files.
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { Api, InputFile } from "node-telegram-bot-api";
import { fromPath } from "node-telegram-bot-api/node";
import { aborting, bytes, chats, download, root, step, texts, token, withFiles } from "./botapi-lib.mjs";

const api = new Api(token, { apiRoot: root, maxRetries: 0 });
const test = new Api(`${token}/test`, { apiRoot: root, maxRetries: 0 });
const stranger = new Api("999:AAStrangerStrangerStrangerStranger00", { apiRoot: root, maxRetries: 0 });
const inline = { inline_keyboard: [[{ text: "Так ✅", callback_data: "yes:1" }]] };

await step("getMe", () => api.getMe());
await step("getMe in the test environment", () => test.getMe());
let chat_id = 3001;
for (const [name, text] of Object.entries(texts)) await step(`sendMessage ${name}`, () => api.sendMessage({ chat_id: chat_id++, text }));
await step("sendMessage to a @username", () => api.sendMessage({ chat_id: "@edgeproxy_channel", text: "x" }));
await step("inline keyboard", () => api.sendMessage({ chat_id: 3006, text: "k", reply_markup: inline }));
await step("reply keyboard", () => api.sendMessage({ chat_id: 3007, text: "k", reply_markup: { keyboard: [[{ text: "Ні" }]] } }));
await step("entities", () =>
  api.sendMessage({ chat_id: 3008, text: "bold їжак", entities: [{ type: "bold", offset: 0, length: 4 }] }));
await step("editMessageText", () => api.editMessageText({ chat_id: 3010, message_id: 3, text: "змінено" }));
await step("deleteMessage", () => api.deleteMessage({ chat_id: 3010, message_id: 3 }));
await step("deleteMessages", () => api.deleteMessages({ chat_id: 3010, message_ids: [1, 2] }));
await step("copyMessage", () => api.copyMessage({ chat_id: 3012, from_chat_id: 3001, message_id: 1 }));
await step("copyMessages", () => api.copyMessages({ chat_id: 3013, from_chat_id: 3001, message_ids: [1, 2, 3] }));
await step("sendChatAction", () => api.sendChatAction({ chat_id: 3015, action: "typing" }));
await step("answerCallbackQuery", () => api.answerCallbackQuery({ callback_query_id: "12345", text: "готово" }));

await withFiles(async ({ file, content }) => {
  const stream = () => Readable.toWeb(createReadStream(file));
  await step("sendDocument from a buffer", () =>
    api.sendDocument({ chat_id: 3020, document: new InputFile(content, { filename: "буфер.bin" }), caption: texts.ukrainian }));
  await step("sendDocument from a stream", () =>
    api.sendDocument({ chat_id: 3021, document: new InputFile(stream(), { filename: "stream.bin" }) }));
  await step("sendDocument from a file", async () => api.sendDocument({ chat_id: 3022, document: await fromPath(file) }));
  await step("sendDocument by URL", () => api.sendDocument({ chat_id: 3024, document: "https://example.org/a.pdf" }));
  await step("sendDocument by file_id", () =>
    api.sendDocument({ chat_id: 3025, document: "BQACAgIAAxkBAAIBY2FakeFileIdentifier0001" }));
  await step("album with uploads", () =>
    api.sendMediaGroup({
      chat_id: 3027,
      media: [
        { type: "photo", media: new InputFile(bytes(40_000, 2), { filename: "a.jpg" }), caption: "перша" },
        { type: "photo", media: new InputFile(bytes(50_000, 3), { filename: "b.jpg" }) },
      ],
    }));
});
await step("upload of 20 MB", async () =>
  (await api.sendDocument({ chat_id: 3030, document: new InputFile(bytes(20 << 20, 5), { filename: "big.bin" }) })).document);
await step("download", async () => {
  const sent = await api.sendDocument({ chat_id: 3031, document: new InputFile(bytes(200_000, 6), { filename: "small.bin" }) });
  const file = await api.getFile({ file_id: sent.document.file_id });
  return { file, ...(await download(file.file_path)) };
});

await step("400 empty text", () => api.sendMessage({ chat_id: 3040, text: "" }));
await step("400 refused", () => api.sendMessage({ chat_id: chats.refused, text: "x" }));
await step("403 blocked", () => api.sendMessage({ chat_id: chats.blocked, text: "x" }));
await step("403 kicked", () => api.sendMessage({ chat_id: chats.kicked, text: "x" }));
await step("404 chat", () => api.getChat({ chat_id: chats.missing }));
await step("404 method", () => api.request("sendNonsense", { chat_id: 3041, text: "x" }));
await step("401", () => stranger.getMe());
await step("a method of tomorrow", () => api.request("getSomethingNew", { a: JSON.stringify([1, { b: "ї" }]) }));
await step("abort of a waiting call", () => aborting((signal) => api.sendMessage({ chat_id: chats.slow, text: "x" }, signal)));
await step("after the abort", () => api.sendMessage({ chat_id: 3042, text: "still here" }));
