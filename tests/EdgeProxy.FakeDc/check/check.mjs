// The real library against the fake data centre, one section a subject: NODE_MODULES=… FAKE_DC=….dll node check.mjs [section…]
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { node, startDc, utils } from './dc.mjs'

const Long = utils.Long ?? (await import('node:module')).createRequire(process.env.NODE_MODULES + '/x.js')('long')
const sha = bytes => createHash('sha256').update(bytes).digest('hex')
const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(2000)])
const dc = await startDc()
const clients = []
const middlewares = () => node.networkMiddlewares.basic({
  floodWaiter: { maxWait: 0, store: false }, internalErrors: { exceptErrors: ['RANDOM_ID_DUPLICATE'], maxRetries: 0 },
})

async function account(phone, network = {}, more = {}) {
  const made = (await dc.control('POST', '/accounts', { phone, first_name: 'Ann' + phone })).accounts[0]
  const client = dc.client({ network: { middlewares: middlewares(), ...network }, ...more })
  clients.push(client)
  return { client, made }
}

class ObfuscatedTransport extends node.TcpTransport {
  packetCodec() {
    return new node.ObfuscatedPacketCodec(new node.IntermediatePacketCodec())
  }
}

async function loggedIn(phone) {
  const { client } = await account(phone)
  await client.start({ phone, code: '12345', codeSentCallback() {} })
  return client
}

const fault = rule => dc.control('POST', '/faults', rule)
const state = () => dc.control('GET', '/state')
const groups = () => dc.control('GET', '/groups')

const sections = {
  async login() {
    const ann = await loggedIn('100')
    assert.equal((await ann.getMe()).displayName, 'Ann100')
    await assert.rejects(ann.call({ _: 'account.getAuthorizationForm', botId: 1, scope: '', publicKey: '' }), /METHOD_NOT_FOUND/)
    await ann.call({ _: 'account.getPassword' })
    const bob = dc.client()
    clients.push(bob)
    await dc.control('POST', '/accounts', { phone: '101', first_name: 'Bob', password: 'secret' })
    const sent = await bob.sendCode({ phone: '101' })
    const attempt = phoneCode => bob.signIn({ phone: '101', phoneCodeHash: sent.phoneCodeHash, phoneCode })
    await assert.rejects(attempt('00000'), /PHONE_CODE_INVALID/)
    await assert.rejects(attempt('12345'), /SESSION_PASSWORD_NEEDED/)
    await assert.rejects(bob.checkPassword('wrong'), /PASSWORD_HASH_INVALID/)
    assert.equal((await bob.checkPassword('secret')).displayName, 'Bob')
    await bob.logOut()
    await assert.rejects(bob.getMe(), /AUTH_KEY_UNREGISTERED/)
    const calls = await dc.control('GET', '/calls')
    assert.equal(calls.unknown['account.getAuthorizationForm'], 1)
  },

  async imported() {
    const { accounts } = await dc.control('POST', '/accounts', { phone: '1100', first_name: 'Imp', username: 'imp', session: true, count: 50 })
    const { text, key } = accounts[7].session
    const bytes = Buffer.from(text.slice(1), 'base64url')
    assert.equal(bytes.length, 263)
    assert.equal(bytes.subarray(7).toString('hex'), key)
    const client = dc.client()
    clients.push(client)
    const main = { id: bytes[0], ipAddress: bytes.subarray(1, 5).join('.'), port: bytes.readUInt16BE(5) }
    await client.importSession({ version: 3, primaryDcs: { main, media: main }, authKey: new Uint8Array(bytes.subarray(7)) })
    assert.equal((await client.getMe()).username, 'imp7')
    await dc.control('POST', '/revoke?phone=1107')
    await assert.rejects(client.getMe(), /AUTH_KEY_UNREGISTERED/)
  },

  async forum() {
    const ann = await loggedIn('120')
    await dc.control('POST', '/bots', { username: 'good_bot', name: 'Good' })
    await dc.control('POST', '/bots', { username: 'shy_bot', name: 'Shy', no_groups: true })
    const chat = await ann.createSupergroup({ title: 'Company', description: 'About us', forum: true })
    assert.equal(chat.title, 'Company')
    await ann.setChatPhoto({ chatId: chat, type: 'photo', media: new Uint8Array(png) })
    await ann.editAdminRights({ chatId: chat, userId: 'good_bot', rights: { manageTopics: true, inviteUsers: true }, rank: 'helper' })
    await assert.rejects(ann.editAdminRights({ chatId: chat, userId: 'shy_bot', rights: { manageTopics: true } }), /BOT_GROUPS_BLOCKED/)
    const icons = await ann.getStickerSet({ _: 'inputStickerSetEmojiDefaultTopicIcons' })
    const icon = icons.stickers.find(it => it.emoji === '📈').sticker.customEmojiId
    const topic = await ann.createForumTopic({ chatId: chat, title: 'Sales', icon })
    assert.equal(topic.action.type, 'topic_created')
    await ann.editForumTopic({ chatId: chat, topicId: topic.id, title: 'Sales and more' })
    await ann.call({ _: 'messages.editForumTopic', peer: await ann.resolvePeer(chat), topicId: topic.id, iconEmojiId: Long.ZERO })
    await ann.toggleForumTopicClosed({ chatId: chat, topicId: topic.id, closed: true })
    await assert.rejects(ann.toggleForumTopicClosed({ chatId: chat, topicId: topic.id, closed: true }), /TOPIC_NOT_MODIFIED/)
    for (let i = 0; i < 130; i++) await ann.createForumTopic({ chatId: chat, title: 'T' + i })
    const seen = []
    for await (const it of ann.iterForumTopics(chat)) seen.push(it.title)
    assert.equal(new Set(seen).size, 132)
    const randomId = Long.fromNumber(77)
    const make = async () => ann.call({ _: 'messages.createForumTopic', peer: await ann.resolvePeer(chat), title: 'Once', randomId })
    await make()
    await assert.rejects(make(), /RANDOM_ID_DUPLICATE/)
    const sent = await ann.sendText(chat, 'in the topic', { replyTo: topic.id })
    assert.equal(sent.isTopicMessage, true)
    const again = Long.fromNumber(78)
    await ann.sendText(chat, 'once', { randomId: again })
    await assert.rejects(ann.sendText(chat, 'once', { randomId: again }), /RANDOM_ID_DUPLICATE/)
    const found = await ann.searchMessages({ chatId: chat, query: 'topic' })
    assert.equal(found.length, 1)
    const [group] = (await groups()).filter(it => it.title === 'Company')
    assert.equal(group.about, 'About us')
    assert.equal(group.photo.sha256, sha(png))
    assert.deepEqual(group.admins.map(it => [it.username, it.rank, it.rights]), [['good_bot', 'helper', ['invite_users', 'manage_topics']]])
    assert.equal(group.topics[0].title, 'Sales and more')
    assert.equal(group.topics[0].closed, true)
    assert.equal(group.topics[0].icon_emoji_id, 0)
    await ann.deleteForumTopicHistory(chat, topic.id)
    await assert.rejects(ann.sendText(chat, 'gone', { replyTo: topic.id }), /TOPIC_DELETED|REPLY_MESSAGE_ID_INVALID/)
    const dialogs = []
    for await (const it of ann.iterDialogs()) dialogs.push(it.peer.title ?? it.peer.displayName)
    assert.deepEqual(dialogs, ['Company'])
    assert.equal((await ann.getFullChat(chat)).bio, 'About us')
    const photo = await ann.downloadAsBuffer((await ann.getChat(chat)).photo.big)
    assert.equal(sha(photo), sha(png))
  },

  async members() {
    const ann = await loggedIn('130')
    const group = await dc.control('POST', '/groups', { phone: '130', title: 'Crowd', members: 30000 })
    for await (const it of ann.iterDialogs()) assert.equal(it.peer.title, 'Crowd')
    const recent = []
    for await (const it of ann.iterChatMembers(group.chat_id, { type: 'recent' })) recent.push(it.user.id)
    assert.equal(recent.length, 10000)
    const page = await ann.getChatMembers(group.chat_id, { type: 'all', query: 'm' })
    assert.ok(page.length === 200 && page.total > 5000)
    assert.ok(page.every(it => /^m/i.test(it.user.firstName) || /^m/i.test(it.user.lastName) || /^m/i.test(it.user.username ?? '')))
    const past = await ann.getChatMembers(group.chat_id, { type: 'recent', offset: 10000 })
    assert.equal(past.length, 0)
    assert.equal((await ann.getChatMember({ chatId: group.chat_id, userId: recent[5] })).status, 'member')
  },

  async files() {
    const ann = await loggedIn('140')
    const bytes = randomBytes(20 * 1024 * 1024 + 12345)
    const started = process.hrtime.bigint()
    const message = await ann.sendMedia('me', { type: 'document', file: new Uint8Array(bytes), fileName: 'big.bin' })
    const uploaded = process.hrtime.bigint()
    assert.equal(message.media.fileSize, bytes.length)
    const back = Buffer.from(await ann.downloadAsBuffer(message.media))
    console.log(`  up ${Number(uploaded - started) / 1e6 | 0} ms, down ${Number(process.hrtime.bigint() - uploaded) / 1e6 | 0} ms`)
    assert.equal(sha(back), sha(bytes))
    const { stored } = await dc.control('GET', '/files')
    assert.equal(stored.at(-1).sha256, sha(bytes))
    const small = randomBytes(5000)
    const second = await ann.sendMedia('me', { type: 'document', file: new Uint8Array(small), fileName: 's.bin' })
    assert.equal(sha(Buffer.from(await ann.downloadAsBuffer(second.media))), sha(small))
    const { id, accessHash, fileReference } = message.media.raw
    const location = { _: 'inputDocumentFileLocation', id, accessHash, fileReference, thumbSize: '' }
    const get = (offset, limit) => ann.call({ _: 'upload.getFile', location, offset, limit })
    await assert.rejects(get(100, 4096), /OFFSET_INVALID/)
    await assert.rejects(get(0, 5000), /LIMIT_INVALID/)
    await assert.rejects(get(1024 * 1024 - 4096, 8192), /LIMIT_INVALID/)
    assert.equal((await get(32 * 1024 * 1024, 4096)).bytes.length, 0)
    // A file of another data centre: the library makes a key there and carries the login over.
    await dc.control('POST', '/files/dc?id=4')
    const far = await ann.sendMedia('me', { type: 'document', file: new Uint8Array(small), fileName: 'far.bin' })
    assert.equal(sha(Buffer.from(await ann.downloadAsBuffer(far.media))), sha(small))
    await assert.rejects(ann.call({ _: 'upload.getFile', location: { ...location, ...far.media.inputDocument, _: location._ }, offset: 0, limit: 4096 }),
      /FILE_MIGRATE_4/)
    assert.equal((await dc.control('GET', '/calls')).calls['auth.importAuthorization'], 1)
    await dc.control('POST', '/files/dc?id=2')
    await dc.control('POST', '/files/expire')
    await assert.rejects(get(0, 4096), /FILE_REFERENCE_EXPIRED/)
  },

  async faults() {
    const ann = await loggedIn('150')
    const count = async () => (await state()).messages
    let before = await count()
    await dc.control('POST', '/salts/rotate')
    await ann.sendText('me', 'after rotation')
    assert.equal(await count() - before, 1)
    await fault({ method: 'messages.sendMessage', kind: 'flood_wait', seconds: 7 })
    await assert.rejects(ann.sendText('me', 'too soon'), error => error.text?.startsWith('FLOOD_WAIT') || /FLOOD_WAIT/.test(error.message))
    for (const rule of [{ kind: 'drop_before' }, { kind: 'drop_after' }]) {
      before = await count()
      await fault({ method: 'messages.sendMessage', ...rule })
      await ann.sendText('me', JSON.stringify(rule))
      assert.equal(await count() - before, 1, JSON.stringify(rule))
    }
    for (const lose of ['answer', 'session']) {
      before = await count()
      await fault({ method: 'messages.sendMessage', kind: 'drop_after', lose })
      await assert.rejects(ann.sendText('me', lose), /RANDOM_ID_DUPLICATE/)
      assert.equal(await count() - before, 1, lose)
    }
    before = await count()
    await fault({ method: 'messages.sendMessage', kind: 'delay', ms: 300 })
    await Promise.all([ann.sendText('me', 'slow'), ann.sendText('me', 'fast')])
    assert.equal(await count() - before, 2)
    assert.ok((await dc.control('POST', '/connections/drop')).dropped > 0)
    // The library may send it in a session that it has given up meanwhile, and then once more: the number keeps it one message.
    before = await count()
    await ann.sendText('me', 'on a new connection').catch(error => assert.match(error.message, /RANDOM_ID_DUPLICATE/))
    assert.equal(await count() - before, 1)
    await fault({ method: 'channels.createChannel', kind: 'drop_after' })
    await ann.createSupergroup({ title: 'Exactly one' })
    assert.equal((await groups()).filter(it => it.title === 'Exactly one').length, 1)
    await fault({ method: 'upload.saveBigFilePart', kind: 'drop_before', nth: 5 })
    await fault({ method: 'upload.saveBigFilePart', kind: 'drop_after', nth: 17 })
    const bytes = randomBytes(12 * 1024 * 1024)
    const sent = await ann.sendMedia('me', { type: 'document', file: new Uint8Array(bytes), fileName: 'f.bin' })
    await fault({ method: 'upload.getFile', kind: 'drop_before', nth: 3 })
    assert.equal(sha(Buffer.from(await ann.downloadAsBuffer(sent.media))), sha(bytes))
    assert.equal((await state()).faults_waiting, 0)
  },

  async obfuscated() {
    const { client } = await account('170', {}, { transport: new ObfuscatedTransport() })
    await client.start({ phone: '170', code: '12345', codeSentCallback() {} })
    const bytes = randomBytes(300 * 1024)
    const sent = await client.sendMedia('me', { type: 'document', file: new Uint8Array(bytes), fileName: 'o.bin' })
    assert.equal(sha(Buffer.from(await client.downloadAsBuffer(sent.media))), sha(bytes))
  },

  async pfs() {
    const { client } = await account('160', { usePfs: true })
    await client.start({ phone: '160', code: '12345', codeSentCallback() {} })
    assert.equal((await client.getMe()).displayName, 'Ann160')
  },
}

let failed = 0
for (const name of process.argv.length > 2 ? process.argv.slice(2) : Object.keys(sections)) {
  try {
    await sections[name]()
    console.log('ok      ' + name)
  } catch (error) {
    failed++
    console.log('FAILED  ' + name, error)
  }
}
if (failed) console.log(JSON.stringify(await dc.control('GET', '/calls')))
for (const client of clients) await client.destroy().catch(() => {})
await dc.stop()
process.exit(failed ? 1 : 0)
