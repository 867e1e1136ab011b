// The same two Redis calls for both frameworks: is the update new, then keep it.
import http from 'node:http';
import Redis from 'ioredis';

const redis = new Redis(Number(process.env.PEER_REDIS_PORT), '127.0.0.1');

export async function keep(update) {
  const isNew = await redis.set(`seen:load:${update.update_id}`, 1, 'EX', 86400, 'NX');
  if (isNew) await redis.xadd('updates:load', '*', 'body', JSON.stringify(update));
}

/** node:http in front of a framework's own webhook handler. */
export function serve(handler) {
  const server = http.createServer((request, response) => {
    if (request.method === 'GET') return redis.ping().then(() => response.end());
    return handler(request, response);
  });
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.listen(Number(process.env.PEER_PORT), '127.0.0.1');
}

export const token = '123456:AAH-loadloadloadloadloadloadload';
export const me = {
  id: 123456, is_bot: true, first_name: 'load', username: 'load_bot',
  can_join_groups: true, can_read_all_group_messages: false, supports_inline_queries: false,
};
