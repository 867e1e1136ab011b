import type { Account } from './account.ts'
import type { Accounts } from './accounts.ts'
import contract from '../openapi.json'
import { Gate, Waiting } from './gate.ts'
import { flag, integer, list, long, nullable, number, object, oneOf, optional, queryInteger, text } from './http/fields.ts'
import { readJson, Router, type Answer, type Exchange } from './http/router.ts'
import { Limits } from './limits.ts'
import { Gauge, metricsText } from './metrics.ts'
import { invalid } from './problem.ts'
import { allRights, chatInfo, createChat, findOwnChats, setAdmin, setPhoto } from './steps/chats.ts'
import { downloadFile } from './steps/downloads.ts'
import { topicIcons } from './steps/icons.ts'
import { cancelLogin, loginCode, loginPassword, startLogin } from './steps/login.ts'
import { filters, listMembers } from './steps/members.ts'
import { entityTypes, getMessage, messageView, sendMessage } from './steps/messages.ts'
import { createTopic, deleteTopic, editTopic, getTopic, listTopics } from './steps/topics.ts'
import { uploadParts } from './steps/uploads.ts'
import type { KnownPeer } from './state/account.ts'

const version = contract.info.version
const accountName = /^[a-z0-9_-]{1,32}$/
const messageIdMax = 2 ** 31 - 1
const ok = (body: unknown): Answer => ({ status: 200, body })
const gone: Answer = { status: 204 }

/** The table of contents of the API; openapi.json says what each does. */
export function routes(accounts: Accounts, stopping: () => boolean): Router {
  const router = new Router()
  const transfers = new Gate(Limits.transfersRunning, Limits.transfersWaiting, new Waiting(Limits.transfersWaiting))
  const status = () => health(accounts, transfers, stopping())
  gauges(accounts, transfers)
  router.add('GET', '/health', async () => ({ status: stopping() ? 503 : 200, body: status() }))
  router.add('GET', '/metrics', async () => ({ status: 200, body: metricsText(), type: 'text/plain; version=0.0.4' }))
  router.add('GET', '/openapi.json', async () => ok(contract))
  accountRoutes(router, accounts)

  const base = '/v1/accounts/{account}'
  /** A step of one account, in its line. */
  const step = (method: string, path: string, run: (account: Account, x: Exchange) => Promise<Answer>) =>
    router.add(method, base + path, async (x) => {
      const account = accounts.usable(x.path.account!)
      return account.gate.run(() => run(account, x), x.signal)
    })
  /** The same, in one chat. */
  const inChat = (method: string, path: string, run: (account: Account, peer: KnownPeer, x: Exchange) => Promise<Answer>) =>
    step(method, `/chats/{chat_id}${path}`, async (account, x) => run(account, await account.peers.find(x.path.chat_id!), x))
  /** Files go in a line of their own: they are long, and they are what memory is spent on. */
  const transfer = (method: string, path: string, run: (account: Account, x: Exchange) => Promise<Answer>) =>
    router.add(method, base + path, async (x) => {
      const account = accounts.usable(x.path.account!)
      return account.transfers.run(() => transfers.run(() => run(account, x), x.signal), x.signal)
    })

  step('GET', '/usernames/{username}', async (account, x) => ok(await peerView(account, x.path.username!)))
  step('GET', '/topic-icons', async (account) => ok({ icons: await topicIcons(account) }))
  step('GET', '/chats', async (account, { query }) =>
    ok(await findOwnChats(account, text(1, 128)(query.get('title'), 'title'), time(query.get('created_since')))))
  step('POST', '/chats', async (account, x) => {
    const body = await readJson(x.req, { title: text(1, 128), about: optional(text(0, 255)), forum: optional(flag) })
    return { status: 201, body: await createChat(account, { title: body.title, about: body.about ?? '', forum: body.forum ?? false }) }
  })
  inChat('GET', '', async (account, peer) => ok(await chatInfo(account, peer)))
  inChat('PUT', '/photo', async (account, peer, x) => {
    const file = await readJson(x.req, { file_id: long, size: integer(1, Limits.smallFileBytesMax), name: text(1, 255) })
    return ok(await setPhoto(account, peer, file))
  })
  inChat('PUT', '/admins/{user}', async (account, peer, x) => {
    const body = await readJson(x.req, { rights: list(oneOf(...allRights), allRights.length), rank: optional(text(0, 16)) })
    return ok(await setAdmin(account, peer, await account.peers.find(x.path.user!), body.rights, body.rank ?? ''))
  })
  topicRoutes(inChat)
  inChat('GET', '/members', async (account, peer, { query }) => {
    const filter = oneOf(...filters)(query.get('filter') ?? 'recent', 'filter')
    const offset = queryInteger(query.get('offset'), 'offset', 0, messageIdMax, 0)
    const limit = queryInteger(query.get('limit'), 'limit', 1, Limits.membersPageMax, Limits.membersPageMax)
    return ok(await listMembers(account, peer, filter, query.get('q') ?? '', offset, limit))
  })
  inChat('POST', '/messages', async (account, peer, x) => ok(await sendMessage(account, peer, await readJson(x.req, outgoing))))
  inChat('GET', '/messages/{message_id}', async (account, peer, x) => ok(messageView(await getMessage(account, peer, messageId(x)))))
  transfer('GET', '/chats/{chat_id}/messages/{message_id}/file', async (account, x) => {
    const peer = await account.peers.find(x.path.chat_id!)
    await downloadFile(account, peer, messageId(x), x)
    return undefined
  })
  transfer('PUT', '/uploads/{file_id}', async (account, x) => {
    const fileId = long(x.path.file_id, 'file_id')
    const size = queryInteger(x.query.get('size'), 'size', 1, Limits.partsMax * Limits.partBytes)
    const first = queryInteger(x.query.get('first_part'), 'first_part', 0, Limits.partsMax - 1, 0)
    return ok(await uploadParts(account, fileId, size, first, x))
  })
  return router
}

type InChat = (method: string, path: string, run: (account: Account, peer: KnownPeer, x: Exchange) => Promise<Answer>) => void

function topicRoutes(inChat: InChat): void {
  /** Telegram's six colours of topics without an icon (core.telegram.org/method/messages.createForumTopic). */
  const colors = oneOf(0x6fb9f0, 0xffd67e, 0xcb86db, 0x8eee98, 0xff93b2, 0xfb6f5f)
  const topicId = (x: Exchange) => queryInteger(x.path.topic_id!, 'topic_id', 1, messageIdMax)
  inChat('GET', '/topics', async (account, peer, { query }) => {
    const limit = queryInteger(query.get('limit'), 'limit', 1, Limits.topicsPageMax, Limits.topicsPageMax)
    return ok(await listTopics(account, peer, query.get('q'), query.get('cursor'), limit))
  })
  inChat('POST', '/topics', async (account, peer, x) => {
    const shape = { title: text(1, 128), random_id: long, icon_emoji: optional(text(1, 32)), icon_emoji_id: optional(long), icon_color: optional(colors) }
    return createTopic(account, peer, await readJson(x.req, shape))
  })
  inChat('GET', '/topics/{topic_id}', async (account, peer, x) => ok(await getTopic(account, peer, topicId(x))))
  inChat('PATCH', '/topics/{topic_id}', async (account, peer, x) => {
    const shape = {
      title: optional(text(1, 128)), icon_emoji: optional(nullable(text(1, 32))), icon_emoji_id: optional(nullable(long)),
      closed: optional(flag), hidden: optional(flag),
    }
    const change = await readJson(x.req, shape)
    if (Object.values(change).every((value) => value === undefined)) throw invalid('body', 'something to change')
    return ok(await editTopic(account, peer, topicId(x), change))
  })
  inChat('DELETE', '/topics/{topic_id}', async (account, peer, x) => {
    await deleteTopic(account, peer, topicId(x))
    return gone
  })
}

function accountRoutes(router: Router, accounts: Accounts): void {
  const base = '/v1/accounts/{account}'
  const name = (x: Exchange) => nameOf(x.path.account)
  router.add('GET', '/v1/accounts', async () => ok({ accounts: accounts.list().map((account) => account.view()) }))
  router.add('POST', '/v1/accounts', async (x) => {
    // A session is at most 370 characters; a longer one is told so by the parser.
    const body = await readJson(x.req, { name: nameOf, session: text(0, 4096) })
    const { account, created } = await accounts.import(body.name, body.session)
    return { status: created ? 201 : 200, body: account.view() }
  })
  router.add('GET', base, async (x) => {
    const account = accounts.find(name(x)) ?? accounts.usable(name(x))
    if (x.query.get('check') === 'true') await check(account)
    return ok(account.view())
  })
  router.add('DELETE', base, async (x) => {
    await accounts.remove(name(x), false)
    return gone
  })
  router.add('POST', `${base}/revoke`, async (x) => {
    await accounts.remove(name(x), true)
    return gone
  })
  router.add('POST', `${base}/export`, async (x) => ok({ session: accounts.export(accounts.usable(name(x))) }))
  router.add('POST', `${base}/login`, async (x) => ok(await startLogin(accounts, name(x), (await readJson(x.req, { phone: text(5, 32) })).phone)))
  router.add('POST', `${base}/login/code`, async (x) => ok(await loginCode(accounts, name(x), (await readJson(x.req, { code: text(1, 32) })).code)))
  router.add('POST', `${base}/login/password`, async (x) =>
    ok(await loginPassword(accounts, name(x), (await readJson(x.req, { password: text(1, 1024) })).password)))
  router.add('DELETE', `${base}/login`, async (x) => {
    await cancelLogin(accounts, name(x))
    return gone
  })
}

async function check(account: Account): Promise<void> {
  try {
    await account.checkSelf()
  } catch (error) {
    // The state says it; the look itself succeeded.
    if (account.state.state !== 'revoked') throw error
  }
  await account.state.save()
}

async function peerView(account: Account, username: string): Promise<object> {
  const peer = await account.peers.resolve(username)
  await account.state.save()
  return { kind: peer.kind, chat_id: peer.chatId, username: peer.username }
}

const outgoing = {
  random_id: long,
  text: optional(text(0, 4096)),
  entities: optional(list(object({
    type: oneOf(...entityTypes), offset: integer(0, 4096), length: integer(1, 4096), url: optional(text(1, 2048)), language: optional(text(0, 64)),
    custom_emoji_id: optional(long), user_id: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  }), 100)),
  topic_id: optional(integer(1, messageIdMax)),
  reply_to_message_id: optional(integer(1, messageIdMax)),
  silent: optional(flag),
  protect_content: optional(flag),
  no_link_preview: optional(flag),
  file: optional(object({
    file_id: long, size: integer(1, Limits.partsMax * Limits.partBytes), name: text(1, 255), mime_type: optional(text(1, 127)),
    as: optional(oneOf('document', 'photo', 'video', 'audio')), width: optional(integer(0, 100_000)), height: optional(integer(0, 100_000)),
    duration_s: optional(number(0, 1e7)), performer: optional(text(0, 64)), title: optional(text(0, 64)), spoiler: optional(flag),
  })),
}

function nameOf(value: unknown): string {
  if (typeof value !== 'string' || !accountName.test(value)) throw invalid('name', '1 to 32 of a–z 0–9 _ -')
  return value
}

function messageId(x: Exchange): number {
  return queryInteger(x.path.message_id!, 'message_id', 1, messageIdMax)
}

function time(value: string | null): number {
  const ms = value === null ? NaN : Date.parse(value)
  if (Number.isNaN(ms)) throw invalid('created_since', 'a time as RFC 3339 writes it')
  return ms
}

function counts(accounts: Accounts): { ready: number; revoked: number; logging_in: number } {
  const revoked = accounts.list().filter((account) => account.state.state === 'revoked').length
  return { ready: accounts.list().length - revoked, revoked, logging_in: accounts.logins.size }
}

function running(accounts: Accounts, transfers: Gate): number {
  return accounts.list().reduce((sum, account) => sum + account.gate.running, transfers.running)
}

function health(accounts: Accounts, transfers: Gate, stopping: boolean): object {
  return {
    status: stopping ? 'stopping' : 'ok', version, accounts: counts(accounts), damaged_files: accounts.folder.damaged.length,
    queued: accounts.waiting.count + transfers.waiting, running: running(accounts, transfers), rss_bytes: process.memoryUsage.rss(),
  }
}

function gauges(accounts: Accounts, transfers: Gate): void {
  new Gauge('mtproto_accounts', 'Accounts by state', () => Object.entries(counts(accounts)).map(([state, count]) => [{ state }, count]))
  new Gauge('mtproto_queued', 'Calls waiting for their turn', () => [[{ line: 'calls' }, accounts.waiting.count], [{ line: 'transfers' }, transfers.waiting]])
  new Gauge('mtproto_running', 'Calls and transfers under way', () => [[{}, running(accounts, transfers)]])
  new Gauge('process_resident_memory_bytes', 'Resident memory', () => [[{}, process.memoryUsage.rss()]])
}
