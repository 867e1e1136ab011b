// grammY on node:http, with its own webhook adapter.
import { Bot, webhookCallback } from 'grammy';
import { keep, me, serve, token } from './store.mjs';

const bot = new Bot(token, { botInfo: me });
bot.use((context) => keep(context.update));
serve(webhookCallback(bot, 'http'));
