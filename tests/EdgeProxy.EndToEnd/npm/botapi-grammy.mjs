// node botapi-grammy.mjs ROOT TOKEN: what a bot written with grammY gets from the Bot API at ROOT. It sends JSON, and multipart for files.
import { createReadStream } from "node:fs";
import { Api, InlineKeyboard, InputFile, InputMediaBuilder, Keyboard } from "grammy";
import { aborting, bytes, chats, download, root, step, texts, token, withFiles } from "./botapi-lib.mjs";

const api = new Api(token, { apiRoot: root });
const test = new Api(token, { apiRoot: root, environment: "test" });
const stranger = new Api("999:AAStrangerStrangerStrangerStranger00", { apiRoot: root });

await step("getMe", () => api.getMe());
await step("getMe in the test environment", () => test.getMe());
let chat = 1001;
for (const [name, text] of Object.entries(texts)) await step(`sendMessage ${name}`, () => api.sendMessage(chat++, text));
await step("sendMessage of 4096 characters", () => api.sendMessage(1005, "Щ".repeat(4096)));
await step("sendMessage to a @username", () => api.sendMessage("@edgeproxy_channel", "x"));
await step("sendMessage to a topic", () => api.sendMessage(-1001000000011, "x", { message_thread_id: 42 }));
await step("inline keyboard", () =>
  api.sendMessage(1006, "k", { reply_markup: new InlineKeyboard().text("Так ✅", "yes:1").url("site", "https://example.org/?a=1&b=2") }));
await step("reply keyboard", () => api.sendMessage(1007, "k", { reply_markup: new Keyboard().text("Ні").requestContact("☎").resized() }));
await step("entities", () => api.sendMessage(1008, "bold їжак", { entities: [{ type: "bold", offset: 0, length: 4 }] }));
await step("reply and options", () =>
  api.sendMessage(1009, "x", { reply_parameters: { message_id: 5 }, link_preview_options: { is_disabled: true }, parse_mode: "HTML" }));
await step("editMessageText", () => api.editMessageText(1010, 3, "змінено"));
await step("editMessageReplyMarkup", () => api.editMessageReplyMarkup(1011, 3, { reply_markup: new InlineKeyboard().text("a", "b") }));
await step("editMessageText inline", () => api.editMessageTextInline("inline-1", "x"));
await step("deleteMessage", () => api.deleteMessage(1010, 3));
await step("deleteMessages", () => api.deleteMessages(1010, [1, 2, 3]));
await step("copyMessage", () => api.copyMessage(1012, 1001, 1));
await step("copyMessages", () => api.copyMessages(1013, 1001, [1, 2, 3]));
await step("forwardMessages", () => api.forwardMessages(1014, 1001, [4, 5]));
await step("sendChatAction", () => api.sendChatAction(1015, "typing"));
await step("answerCallbackQuery", () => api.answerCallbackQuery("12345", { text: "готово", show_alert: true }));
await step("setMyCommands", () => api.setMyCommands([{ command: "start", description: "Почати" }]));

await withFiles(async ({ file, content, url }) => {
  await step("sendDocument from a buffer", () => api.sendDocument(1020, new InputFile(content, "буфер.bin"), { caption: texts.ukrainian }));
  await step("sendDocument from a stream", () => api.sendDocument(1021, new InputFile(createReadStream(file), "stream.bin")));
  await step("sendDocument from a file", () => api.sendDocument(1022, new InputFile(file)));
  await step("sendDocument from a URL through the bot", () => api.sendDocument(1023, new InputFile({ url })));
  await step("sendDocument by URL", () => api.sendDocument(1024, "https://example.org/a.pdf"));
  await step("sendDocument by file_id", () => api.sendDocument(1025, "BQACAgIAAxkBAAIBY2FakeFileIdentifier0001"));
  await step("album with uploads", () =>
    api.sendMediaGroup(1026, [
      InputMediaBuilder.photo(new InputFile(bytes(40_000, 2), "a.jpg"), { caption: "перша" }),
      InputMediaBuilder.photo(new InputFile(bytes(50_000, 3), "b.jpg")),
      InputMediaBuilder.video("BAACAgIAAxkBAAIBY2FakeFileIdentifier0002"),
    ]));
  await step("editMessageMedia with an upload", () =>
    api.editMessageMedia(1027, 9, InputMediaBuilder.photo(new InputFile(bytes(1000, 4), "c.jpg"))));
});
await step("upload of 20 MB", async () => {
  const sent = await api.sendDocument(1030, new InputFile(bytes(20 << 20, 5), "big.bin"));
  return sent.document;
});
await step("download", async () => {
  const sent = await api.sendDocument(1031, new InputFile(bytes(200_000, 6), "small.bin"));
  const file = await api.getFile(sent.document.file_id);
  return { file, ...(await download(file.file_path)) };
});
await step("getFile of nothing", () => api.getFile("nonsense"));

await step("400 empty text", () => api.sendMessage(1040, ""));
await step("400 refused", () => api.sendMessage(chats.refused, "x"));
await step("403 blocked", () => api.sendMessage(chats.blocked, "x"));
await step("403 kicked", () => api.sendMessage(chats.kicked, "x"));
await step("404 chat", () => api.getChat(chats.missing));
await step("404 method", () => api.raw.sendNonsense({ chat_id: 1041, text: "x" }));
await step("401", () => stranger.getMe());
await step("a method of tomorrow", () => api.raw.getSomethingNew({ a: [1, { b: "ї" }] }));
await step("abort of a waiting call", () => aborting((signal) => api.sendMessage(chats.slow, "x", {}, signal)));
await step("after the abort", () => api.sendMessage(1042, "still here"));
