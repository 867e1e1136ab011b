import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { FakeDc, Sidecar, temporaryFolder } from './harness.ts'

const folder = temporaryFolder()
const phone = '15550000001'
let dc: FakeDc
let sidecar: Sidecar
let chat: number
const base = '/v1/accounts/ann'
const inChat = (path = '') => `${base}/chats/${chat}${path}`
const call = async (method: string, path: string, body?: object | Buffer) => (await sidecar.call(method, path, body)).body
const group = async (chatId = chat) => (await dc.control('GET', '/groups')).find((one: any) => one.chat_id === chatId)
const randomId = () => randomBytes(8).readBigInt64BE().toString()
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
const fault = (rule: object) => dc.control('POST', '/faults', rule)

before(async () => {
  dc = await FakeDc.start(`${folder.path}/dc`)
  sidecar = new Sidecar(folder.path, dc)
  await sidecar.start()
  const { accounts } = await dc.control('POST', '/accounts', { phone, first_name: 'Ann', username: 'ann', session: true })
  await dc.control('POST', '/bots', { username: 'acme_bot', name: 'Acme' })
  assert.equal((await sidecar.call('POST', '/v1/accounts', { name: 'ann', session: accounts[0].session.text })).status, 201)
})

after(async () => {
  await sidecar?.end('SIGTERM')
  await dc?.stop()
  folder.remove()
})

test('a forum is created and described', async () => {
  const created = await sidecar.call('POST', `${base}/chats`, { title: 'Acme', about: 'Orders', forum: true })
  assert.equal(created.status, 201, JSON.stringify(created.body))
  chat = created.body.chat_id
  assert.deepEqual([created.body.kind, created.body.forum, created.body.creator], ['supergroup', true, true])
  const info = await call('GET', inChat())
  assert.deepEqual([info.title, info.about, info.photo_id, info.members], ['Acme', 'Orders', null, 1], JSON.stringify(info))
})

test('a creation that takes its time, or whose answer comes on the next connection, is done once', async () => {
  for (const [title, rule] of [['Slow', { kind: 'delay', ms: 3500 }], ['Again', { kind: 'drop_after', lose: 'nothing' }]] as const) {
    await fault({ method: 'channels.createChannel', ...rule })
    const created = await sidecar.call('POST', `${base}/chats`, { title })
    assert.equal(created.status, 201, JSON.stringify(created.body))
    assert.equal((await dc.control('GET', '/groups')).filter((one: any) => one.title === title).length, 1)
  }
})

test('a creation whose answer is lost is unknown, was not repeated, and is found', async () => {
  for (const lose of ['answer', 'session']) {
    await fault({ method: 'channels.createChannel', kind: 'drop_after', lose })
    const since = new Date().toISOString()
    const title = `Lost ${lose}`
    const lost = await sidecar.call('POST', `${base}/chats`, { title })
    assert.deepEqual([lost.status, lost.body.code, lost.body.outcome], [504, 'outcome_unknown', 'unknown'], JSON.stringify(lost.body))
    const found = await call('GET', `${base}/chats?title=${encodeURIComponent(title)}&created_since=${since}`)
    assert.deepEqual([found.chats?.length, found.complete, found.chats?.[0]?.title], [1, true, title], JSON.stringify(found))
    assert.equal((await dc.control('GET', '/groups')).filter((one: any) => one.title === title).length, 1)
  }
  await fault({ method: 'channels.createChannel', kind: 'drop_before' })
  assert.equal((await call('POST', `${base}/chats`, { title: 'Never' })).outcome, 'unknown')
  const found = await call('GET', `${base}/chats?title=Never&created_since=${new Date().toISOString()}`)
  assert.deepEqual(found, { chats: [], complete: true })
})

test('a chat that this account has not met is found in its dialogs', async () => {
  await dc.control('POST', '/groups', { phone, title: 'Old', members: 3 })
  const old = (await dc.control('GET', '/groups')).find((one: any) => one.title === 'Old')
  assert.equal((await call('GET', `${base}/chats/${old.chat_id}`)).title, 'Old')
  assert.equal((await call('GET', `${base}/chats/-1009999999999`)).code, 'peer_unknown')
})

test('a chat far down the list of dialogs is found', async () => {
  const { accounts } = await dc.control('POST', '/accounts', { phone: '15559990000', first_name: 'Busy', username: 'busy', session: true })
  for (let i = 0; i < 230; i++) await dc.control('POST', '/groups', { phone: '15559990000', title: `Group ${i}` })
  assert.equal((await sidecar.call('POST', '/v1/accounts', { name: 'busy', session: accounts[0].session.text })).status, 201)
  const first = (await dc.control('GET', '/groups')).find((one: any) => one.title === 'Group 0')
  assert.equal((await call('GET', `/v1/accounts/busy/chats/${first.chat_id}`)).title, 'Group 0')
  const found = await call('GET', '/v1/accounts/busy/chats?title=Group%207&created_since=2020-01-01T00:00:00Z')
  assert.deepEqual([found.chats.length, found.complete], [1, true])
})

test('bots come in as admins with rights and rank, again and again', async () => {
  assert.deepEqual((await call('GET', `${base}/usernames/@acme_bot`)).kind, 'bot')
  assert.equal((await call('GET', `${base}/usernames/nobody_here`)).code, 'peer_unknown')
  const set = (rank: string) => call('PUT', inChat('/admins/@acme_bot'), { rights: ['delete_messages', 'manage_topics', 'pin_messages'], rank })
  const first = await set('helper')
  assert.equal(first.added, true, JSON.stringify(first))
  assert.equal((await set('bot')).added, false)
  const { admins } = await group()
  assert.deepEqual(admins.map((one: any) => [one.username, one.rank, one.rights.length]), [['acme_bot', 'bot', 3]])
  const refused = await sidecar.call('PUT', inChat('/admins/@acme_bot'), { rights: [], rank: '🎉' })
  assert.deepEqual([refused.status, refused.body.code], [422, 'telegram_refused'])
})

test('topics: create once, rename, icon, clear, close, reopen, list, delete', async () => {
  const { icons } = await call('GET', `${base}/topic-icons`)
  assert.ok(icons.length > 1)
  const random_id = randomId()
  const body = { title: 'Orders', random_id, icon_emoji: icons[0].emoji }
  const created = await sidecar.call('POST', inChat('/topics'), body)
  assert.deepEqual([created.status, created.body.duplicate], [201, false], JSON.stringify(created.body))
  const again = await sidecar.call('POST', inChat('/topics'), body)
  assert.deepEqual([again.status, again.body], [200, { ...created.body, duplicate: true }])
  const topic = inChat(`/topics/${created.body.topic_id}`)
  assert.equal((await call('GET', topic)).icon_emoji_id, icons[0].id)
  assert.deepEqual(await call('PATCH', topic, { title: 'Orders 2', icon_emoji: icons[1].emoji, closed: true }), { changed: true })
  let now = await call('GET', topic)
  assert.deepEqual([now.title, now.icon_emoji_id, now.closed], ['Orders 2', icons[1].id, true])
  assert.deepEqual(await call('PATCH', topic, { icon_emoji_id: null, closed: false }), { changed: true })
  assert.deepEqual(await call('PATCH', topic, { icon_emoji_id: null, closed: false }), { changed: false })
  now = await call('GET', topic)
  assert.deepEqual([now.icon_emoji_id, now.closed], [null, false])
  assert.equal((await call('PATCH', topic, { icon_emoji: '🦄🦄' })).code, 'icon_unknown')
  for (let i = 0; i < 4; i++) assert.equal((await sidecar.call('POST', inChat('/topics'), { title: `T${i}`, random_id: randomId() })).status, 201)
  const seen: string[] = []
  for (let cursor = ''; ;) {
    const page = await call('GET', inChat(`/topics?limit=2${cursor}`))
    seen.push(...page.topics.map((one: any) => one.title))
    if (page.next === null) break
    cursor = `&cursor=${page.next}`
  }
  assert.deepEqual(seen.sort(), ['General', 'Orders 2', 'T0', 'T1', 'T2', 'T3'])
  assert.equal((await sidecar.call('DELETE', topic)).status, 204)
  assert.equal((await sidecar.call('DELETE', topic)).status, 204)
  assert.equal((await call('GET', topic)).code, 'topic_not_found')
})

test('a topic and a message whose answers are lost exist once', async () => {
  for (const lose of ['answer', 'session']) {
    await fault({ method: 'messages.createForumTopic', kind: 'drop_after', lose })
    const topic = await sidecar.call('POST', inChat('/topics'), { title: `Once ${lose}`, random_id: randomId() })
    assert.deepEqual([topic.status, topic.body.duplicate], [200, true], JSON.stringify(topic.body))
    assert.equal((await group()).topics.filter((one: any) => one.title === `Once ${lose}` && one.id === topic.body.topic_id).length, 1)
    await fault({ method: 'messages.sendMessage', kind: 'drop_after', lose })
    const sent = await call('POST', inChat('/messages'), { random_id: randomId(), text: `Hello ${lose}`, topic_id: topic.body.topic_id })
    assert.deepEqual([sent.outcome, sent.duplicate], ['sent', true], JSON.stringify(sent))
  }
  const { messages } = { messages: await dc.control('GET', `/messages?group=${-chat - 1e12}`) }
  for (const lose of ['answer', 'session']) assert.equal(messages.filter((one: any) => one.text === `Hello ${lose}`).length, 1)
})

test('messages go into topics with entities, and are read back', async () => {
  const topic = (await call('POST', inChat('/topics'), { title: 'Talk', random_id: randomId() })).topic_id
  const entities = [{ type: 'bold', offset: 0, length: 5 }]
  const sent = await call('POST', inChat('/messages'), { random_id: randomId(), text: 'Hello 🎉 world', topic_id: topic, entities, silent: true })
  assert.equal(sent.outcome, 'sent', JSON.stringify(sent))
  const message = await call('GET', inChat(`/messages/${sent.message_id}`))
  assert.deepEqual([message.text, message.topic_id], ['Hello 🎉 world', topic], JSON.stringify(message))
  assert.equal((await call('GET', inChat('/messages/999999'))).code, 'message_not_found')
  await fault({ method: 'messages.sendMessage', kind: 'flood_wait', seconds: 25 })
  const flood = await call('POST', inChat('/messages'), { random_id: randomId(), text: 'x' })
  assert.deepEqual([flood.code, flood.method], ['flood_wait', 'messages.sendMessage'])
  // Another chat of the same account goes on.
  const old = (await dc.control('GET', '/groups')).find((one: any) => one.title === 'Old')
  assert.equal((await call('POST', `${base}/chats/${old.chat_id}/messages`, { random_id: randomId(), text: 'x' })).outcome, 'sent')
})

test('a photo is uploaded and set; small files go by their own method', async () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(700_000)])
  const file_id = randomId()
  const up = await sidecar.call('PUT', `${base}/uploads/${file_id}?size=${bytes.length}`, bytes)
  assert.deepEqual([up.status, up.body.total_parts, up.body.complete], [200, 2, true], JSON.stringify(up.body))
  const set = await sidecar.call('PUT', inChat('/photo'), { file_id, size: bytes.length, name: 'logo.jpg' })
  assert.equal(set.status, 200, JSON.stringify(set.body))
  const info = await call('GET', inChat())
  assert.ok(info.photo_id !== null && info.photo_id === set.body.photo_id, JSON.stringify([info, set.body]))
  await fault({ method: 'channels.editPhoto', kind: 'drop_after', lose: 'answer' })
  const again = randomId()
  await sidecar.call('PUT', `${base}/uploads/${again}?size=${bytes.length}`, bytes)
  assert.equal((await call('PUT', inChat('/photo'), { file_id: again, size: bytes.length, name: 'logo.jpg' })).outcome, 'unknown')
  assert.notEqual((await call('GET', inChat())).photo_id, info.photo_id)
  const photos = (await dc.control('GET', `/messages?group=${-chat - 1e12}`)).filter((one: any) => one.action === 'messageActionChatEditPhoto')
  assert.equal(photos.length, 2)
})

test('a file goes up by ranges, survives a kill in between, and comes down whole and in ranges', async () => {
  const part = 524_288
  const bytes = randomBytes(24 * part + 77)
  const file_id = randomId()
  const up = (first: number, to: number) =>
    sidecar.call('PUT', `${base}/uploads/${file_id}?size=${bytes.length}&first_part=${first}`, bytes.subarray(first * part, to * part))
  assert.deepEqual((await up(0, 10)).body.next_part, 10)
  await sidecar.end('SIGKILL')
  await sidecar.start()
  await fault({ method: 'upload.saveBigFilePart', kind: 'flood_wait', seconds: 1, nth: 6 })
  const broken = await up(10, 25)
  assert.deepEqual([broken.status, broken.body.code], [429, 'flood_wait'], JSON.stringify(broken.body))
  assert.ok(broken.body.next_part >= 10 && broken.body.next_part <= 15)
  await fault({ method: 'upload.saveBigFilePart', kind: 'drop_after', lose: 'session', nth: 3 })
  let rest = broken
  for (let tries = 0; rest.status === 429 && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, rest.body.retry_after_ms))
    rest = await up(broken.body.next_part, 25)
  }
  assert.deepEqual([rest.status, rest.body.complete], [200, true], JSON.stringify(rest.body))
  const file = { file_id, size: bytes.length, name: 'прайс.pdf', mime_type: 'application/pdf' }
  const sent = await call('POST', inChat('/messages'), { random_id: randomId(), text: 'Here', file })
  assert.equal(sent.outcome, 'sent', JSON.stringify(sent))
  const path = inChat(`/messages/${sent.message_id}/file`)
  const whole = await sidecar.call('GET', path)
  assert.deepEqual([whole.status, whole.headers['content-type'], whole.headers['content-length']], [200, 'application/pdf', `${bytes.length}`])
  assert.equal(sha256(whole.bytes), sha256(bytes))
  const end = bytes.length
  for (const [range, from, to] of [
    ['bytes=0-0', 0, 1], [`bytes=${part - 1}-${part}`, part - 1, part + 1], ['bytes=-100', end - 100, end], [`bytes=${3 * part + 5}-`, 3 * part + 5, end],
  ] as const) {
    const some = await sidecar.call('GET', path, undefined, { range })
    assert.equal(some.status, 206)
    assert.equal(some.headers['content-range'], `bytes ${from}-${to - 1}/${bytes.length}`)
    assert.ok(some.bytes.equals(bytes.subarray(from, to)), range)
  }
  assert.equal((await sidecar.call('GET', path, undefined, { range: `bytes=${bytes.length}-` })).status, 416)
  const head = await sidecar.call('HEAD', path)
  assert.deepEqual([head.status, head.headers['content-length'], head.bytes.length], [200, `${bytes.length}`, 0])
  await dc.control('POST', '/files/expire')
  assert.equal(sha256((await sidecar.call('GET', path)).bytes), sha256(bytes))
  // Nobody reads: Telegram is asked for the window and what the sockets hold, and no more.
  await dc.control('DELETE', '/calls')
  const unread = await sidecar.stream(path)
  unread.pause()
  // Until it has not moved for ten looks.
  let asked = 0
  for (let looks = 0; looks < 10; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    const now = (await dc.control('GET', '/calls')).calls['upload.getFile'] ?? 0
    if (now !== asked) looks = 0
    asked = now
  }
  assert.ok(asked >= 4 && asked <= 8, `${asked} of 25 pieces`)
  unread.destroy()
  // A reference that goes stale while the bytes flow is renewed too.
  const stream = await sidecar.stream(path)
  await new Promise((resolve) => stream.once('readable', resolve))
  await dc.control('POST', '/files/expire')
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  assert.equal(hash.digest('hex'), sha256(bytes))
})

test('a file on another data centre comes down too', async () => {
  await dc.control('POST', '/files/dc?id=4')
  const bytes = randomBytes(1_500_000)
  const file_id = randomId()
  await sidecar.call('PUT', `${base}/uploads/${file_id}?size=${bytes.length}`, bytes)
  const sent = await call('POST', inChat('/messages'), { random_id: randomId(), file: { file_id, size: bytes.length, name: 'far.bin' } })
  const whole = await sidecar.call('GET', inChat(`/messages/${sent.message_id}/file`))
  assert.equal(whole.status, 200, whole.bytes.toString().slice(0, 300))
  assert.equal(sha256(whole.bytes), sha256(bytes))
  await dc.control('POST', `/files/dc?id=${dc.hello.dc}`)
})

test('a login that could not be carried to another data centre is carried at the next call', async () => {
  await sidecar.end('SIGTERM')
  await sidecar.start()
  await dc.control('POST', '/files/dc?id=5')
  const bytes = randomBytes(1000)
  const file_id = randomId()
  await sidecar.call('PUT', `${base}/uploads/${file_id}?size=${bytes.length}`, bytes)
  const sent = await call('POST', inChat('/messages'), { random_id: randomId(), file: { file_id, size: bytes.length, name: 'far.bin' } })
  await fault({ method: 'auth.exportAuthorization', kind: 'flood_wait', seconds: 1 })
  const path = inChat(`/messages/${sent.message_id}/file`)
  const first = await sidecar.call('GET', path)
  assert.deepEqual([first.status, first.body?.code, first.body?.method], [429, 'flood_wait', 'auth.exportAuthorization'], first.bytes.toString().slice(0, 300))
  assert.ok((await sidecar.call('GET', path)).bytes.equals(bytes))
  await dc.control('POST', `/files/dc?id=${dc.hello.dc}`)
})

test('what does not fit is refused before Telegram is asked', async () => {
  const over = await sidecar.call('PUT', `${base}/uploads/5?size=${2_097_152_001}`, Buffer.alloc(10))
  assert.deepEqual([over.status, over.body.field], [400, 'size'])
  const torn = await sidecar.call('PUT', `${base}/uploads/5?size=2000000`, Buffer.alloc(600_000))
  assert.deepEqual([torn.status, torn.body.next_part], [400, 1], JSON.stringify(torn.body))
  const missing = await call('POST', inChat('/messages'), { random_id: randomId(), file: { file_id: '5', size: 2_000_000, name: 'x' } })
  assert.equal(missing.outcome, 'refused', JSON.stringify(missing))
})

test('members come in pages, with role, rank and date; beyond 10,000 by prefixes', async () => {
  await dc.control('POST', '/members', { group: -chat - 1e12, count: 450 })
  const ids = new Set<number>()
  let offset: number | null = 0
  const roles: Record<string, number> = {}
  while (offset !== null) {
    const page: any = await call('GET', inChat(`/members?offset=${offset}`))
    for (const one of page.members) {
      ids.add(one.user.user_id)
      roles[one.role] = (roles[one.role] ?? 0) + 1
      if (one.role === 'member') assert.ok(Date.parse(one.joined_at) > 0)
    }
    offset = page.next_offset
  }
  assert.equal(ids.size, 452)
  assert.deepEqual([roles.creator, roles.member], [1, 450], JSON.stringify(roles))
  const admins = await call('GET', inChat('/members?filter=admins'))
  assert.deepEqual(admins.members.map((one: any) => [one.user.username, one.role, one.rank]).sort(), [['acme_bot', 'admin', 'bot'], ['ann', 'creator', null]])
  const some = await call('GET', inChat('/members?filter=search&q=a&limit=5'))
  assert.ok(some.total >= 1 && some.members.length <= 5)
})

test('salts may rotate and connections drop at any time', async () => {
  await dc.control('POST', '/salts/rotate')
  assert.equal((await call('GET', inChat())).title, 'Acme')
  await dc.control('POST', '/connections/drop')
  assert.equal((await call('GET', inChat())).title, 'Acme')
})

test('fifty accounts at once', async () => {
  const { accounts } = await dc.control('POST', '/accounts', { phone: '15551000000', first_name: 'Many', session: true, count: 50 })
  const importOne = ({ session }: any, i: number) => sidecar.call('POST', '/v1/accounts', { name: `many-${i}`, session: session.text })
  const imported: any[] = await Promise.all(accounts.map(importOne))
  assert.deepEqual(imported.map((one) => one.status).filter((status) => status !== 201), [])
  const created = await Promise.all(accounts.map((_: unknown, i: number) => sidecar.call('POST', `/v1/accounts/many-${i}/chats`, { title: `Group ${i}` })))
  assert.deepEqual(created.map((one) => one.status).filter((status) => status !== 201), [])
  assert.equal(new Set(created.map((one) => one.body.chat_id)).size, 50)
  assert.equal((await call('GET', '/health')).accounts.ready, 52)
  const metrics = (await sidecar.call('GET', '/metrics')).bytes.toString()
  assert.match(metrics, /mtproto_calls_total\{method="channels.createChannel",result="ok"\} 5\d/)
})
