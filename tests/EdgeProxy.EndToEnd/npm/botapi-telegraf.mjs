// node botapi-telegraf.mjs ROOT TOKEN: what a bot written with telegraf gets from the Bot API at ROOT. It sends JSON, and a multipart of
// unknown length with the fields before and after the files.
import { createReadStream } from "node:fs";
import { Input, Markup, Telegram } from "telegraf";
import { aborting, bytes, chats, download, root, step, texts, token, withFiles } from "./botapi-lib.mjs";

const api = new Telegram(token, { apiRoot: root });
const test = new Telegram(token, { apiRoot: root, testEnv: true });
const stranger = new Telegram("999:AAStrangerStrangerStrangerStranger00", { apiRoot: root });

await step("getMe", () => api.getMe());
await step("getMe in the test environment", () => test.getMe());
let chat = 2001;
for (const [name, text] of Object.entries(texts)) await step(`sendMessage ${name}`, () => api.sendMessage(chat++, text));
await step("sendMessage to a @username", () => api.sendMessage("@edgeproxy_channel", "x"));
await step("inline keyboard", () => api.sendMessage(2006, "k", Markup.inlineKeyboard([Markup.button.callback("Так ✅", "yes:1")])));
await step("reply keyboard", () => api.sendMessage(2007, "k", Markup.keyboard([["Ні", "Так"]]).resize()));
await step("entities", () => api.sendMessage(2008, { text: "bold їжак", entities: [{ type: "bold", offset: 0, length: 4 }] }));
await step("editMessageText", () => api.editMessageText(2010, 3, undefined, "змінено"));
await step("deleteMessage", () => api.deleteMessage(2010, 3));
await step("deleteMessages", () => api.deleteMessages(2010, [1, 2]));
await step("copyMessage", () => api.copyMessage(2012, 2001, 1));
await step("copyMessages", () => api.copyMessages(2013, 2001, [1, 2, 3]));
await step("sendChatAction", () => api.sendChatAction(2015, "typing"));
await step("answerCbQuery", () => api.answerCbQuery("12345", "готово"));

await withFiles(async ({ file, content, url }) => {
  await step("sendDocument from a buffer", () => api.sendDocument(2020, Input.fromBuffer(content, "буфер.bin"), { caption: texts.ukrainian }));
  await step("sendDocument from a stream", () => api.sendDocument(2021, Input.fromReadableStream(createReadStream(file), "stream.bin")));
  await step("sendDocument from a file", () => api.sendDocument(2022, Input.fromLocalFile(file)));
  await step("sendDocument from a URL through the bot", () => api.sendDocument(2023, Input.fromURLStream(url, "remote.bin")));
  await step("sendDocument by URL", () => api.sendDocument(2024, Input.fromURL("https://example.org/a.pdf")));
  await step("sendDocument by file_id", () => api.sendDocument(2025, Input.fromFileId("BQACAgIAAxkBAAIBY2FakeFileIdentifier0001")));
  await step("sendPhoto with a keyboard", () =>
    api.sendPhoto(2026, Input.fromBuffer(bytes(5000, 8), "p.jpg"), {
      caption: texts.emoji,
      ...Markup.inlineKeyboard([Markup.button.callback("a", "b")]),
    }));
  await step("editMessageMedia with an upload", () =>
    api.editMessageMedia(2028, 9, undefined, { type: "photo", media: Input.fromBuffer(bytes(1000, 4), "c.jpg") }));
});
await step("album with uploads", async () => {
  // telegraf names the parts of an album at random.
  const album = await api.sendMediaGroup(2027, [
    { type: "photo", media: Input.fromBuffer(bytes(40_000, 2), "a.jpg"), caption: "перша" },
    { type: "photo", media: Input.fromBuffer(bytes(50_000, 3), "b.jpg") },
    { type: "document", media: "https://example.org/a.pdf" },
  ].slice(0, 2));
  return album.map((message) => ({ id: message.message_id, photo: message.photo, caption: message.caption }));
});
await step("upload of 20 MB", async () => (await api.sendDocument(2030, Input.fromBuffer(bytes(20 << 20, 5), "big.bin"))).document);
await step("download", async () => {
  const sent = await api.sendDocument(2031, Input.fromBuffer(bytes(200_000, 6), "small.bin"));
  const link = await api.getFileLink(sent.document.file_id);
  const file = await api.getFile(sent.document.file_id);
  return { link: link.href, file, ...(await download(file.file_path)) };
});

await step("400 empty text", () => api.sendMessage(2040, ""));
await step("400 refused", () => api.sendMessage(chats.refused, "x"));
await step("403 blocked", () => api.sendMessage(chats.blocked, "x"));
await step("403 kicked", () => api.sendMessage(chats.kicked, "x"));
await step("404 chat", () => api.getChat(chats.missing));
await step("404 method", () => api.callApi("sendNonsense", { chat_id: 2041, text: "x" }));
await step("401", () => stranger.getMe());
await step("a method of tomorrow", () => api.callApi("getSomethingNew", { a: [1, { b: "ї" }] }));
await step("abort of a waiting call", () => aborting((signal) => api.callApi("sendMessage", { chat_id: chats.slow, text: "x" }, { signal })));
await step("after the abort", () => api.sendMessage(2042, "still here"));
