// telegraf on node:http, with its own webhook adapter.
import { Telegraf } from 'telegraf';
import { keep, me, serve, token } from './store.mjs';

const bot = new Telegraf(token);
bot.botInfo = me;
bot.use((context) => keep(context.update));
serve(bot.webhookCallback('/telegram/webhook/load000'));
