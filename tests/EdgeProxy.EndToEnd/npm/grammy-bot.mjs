// A grammY bot as webhook consumer on loopback. It checks the order within every chat and, when it has seen all updates or
// its time is over, prints one line of JSON and ends.
// node grammy-bot.mjs PORT SECRET EXPECTED SECONDS
import http from "node:http";
import { Bot, webhookCallback } from "grammy";

const [port, secret, expected, seconds] = process.argv.slice(2);
const lastInChat = new Map();
const seen = new Set();
const figures = { received: 0, distinct: 0, chats: 0, repeated: 0, outOfOrder: 0 };

// botInfo is given, so that the bot asks nobody who it is.
const bot = new Bot("123456:AAH-endtoendendtoendendtoendendtoe", {
  botInfo: {
    id: 123456,
    is_bot: true,
    first_name: "EndToEnd",
    username: "endtoend_bot",
    can_join_groups: true,
    can_read_all_group_messages: false,
    supports_inline_queries: false,
    can_connect_to_business: false,
    has_main_web_app: false,
  },
});

bot.on("message:text", async (context) => {
  figures.received++;
  if (seen.has(context.update.update_id)) {
    figures.repeated++;
    return;
  }
  seen.add(context.update.update_id);
  // An answer that takes a moment gives a wrong order the chance to show itself.
  if (context.update.update_id % 50 === 0) await new Promise((done) => setTimeout(done, 5));
  const sequence = context.message.message_id;
  if (sequence !== (lastInChat.get(context.chat.id) ?? 0) + 1) figures.outOfOrder++;
  lastInChat.set(context.chat.id, sequence);
});
bot.catch((error) => console.error(error));

const handle = webhookCallback(bot, "http", { secretToken: secret });
const server = http.createServer((request, response) => {
  handle(request, response)
    .catch((error) => {
      console.error(error);
      if (!response.headersSent) response.writeHead(500).end();
    })
    .finally(() => {
      if (seen.size >= Number(expected)) setTimeout(finish, 300);
    });
});

let finished = false;
function finish() {
  if (finished) return;
  finished = true;
  figures.distinct = seen.size;
  figures.chats = lastInChat.size;
  console.log(JSON.stringify(figures));
  process.exit(0);
}
setTimeout(finish, Number(seconds) * 1000);
server.listen(Number(port), "127.0.0.1");
