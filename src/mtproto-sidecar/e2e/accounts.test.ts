import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { FakeDc, Sidecar, temporaryFolder } from './harness.ts'

const folder = temporaryFolder()
let dc: FakeDc
let sidecar: Sidecar
let session: { text: string; key: string }

before(async () => {
  dc = await FakeDc.start(`${folder.path}/dc`)
  sidecar = new Sidecar(folder.path, dc)
  await sidecar.start()
  const { accounts } = await dc.control('POST', '/accounts', { phone: '15550000001', first_name: 'Ann', username: 'ann', session: true })
  session = accounts[0].session
  await dc.control('POST', '/accounts', { phone: '15550000002', first_name: 'Bob', username: 'bob', password: 'correct horse' })
})

after(async () => {
  await sidecar?.end('SIGTERM')
  await dc?.stop()
  folder.remove()
})

test('a Telethon session is imported, checked, listed and exported', async () => {
  const imported = await sidecar.call('POST', '/v1/accounts', { name: 'ann', session: session.text })
  assert.equal(imported.status, 201, JSON.stringify(imported.body))
  assert.deepEqual([imported.body.state, imported.body.username, imported.body.source], ['ready', 'ann', 'import'])
  assert.equal((await sidecar.call('POST', '/v1/accounts', { name: 'ann', session: session.text })).status, 200)
  const { accounts } = (await sidecar.call('GET', '/v1/accounts')).body
  assert.deepEqual(accounts, [imported.body])
  assert.equal((await sidecar.call('POST', '/v1/accounts/ann/export')).body.session, session.text)
  const short = await sidecar.call('POST', '/v1/accounts', { name: 'cut', session: session.text.slice(0, 200) })
  assert.deepEqual([short.status, short.body.code, short.body.reason], [400, 'session_invalid', 'length'])
})

test('a login by phone, code and password', async () => {
  const step = async (path: string, body: object) => (await sidecar.call('POST', `/v1/accounts/bob/login${path}`, body)).body
  assert.equal((await step('/code', { code: '12345' })).code, 'login_not_started')
  const sent = await step('', { phone: '+15550000002' })
  assert.deepEqual([sent.state, sent.code_via], ['code_sent', 'app'], JSON.stringify(sent))
  assert.equal((await step('/password', { password: 'x' })).code, 'login_step')
  assert.equal((await step('/code', { code: '00000' })).code, 'code_invalid')
  assert.equal((await step('/code', { code: '12345' })).state, 'password_needed')
  assert.equal((await step('/password', { password: 'wrong' })).code, 'password_invalid')
  const ready = await step('/password', { password: 'correct horse' })
  assert.deepEqual([ready.state, ready.account?.username, ready.account?.source], ['ready', 'bob', 'login'], JSON.stringify(ready))
})

test('accounts outlive a kill, and a revoked session is known', async () => {
  await sidecar.end('SIGKILL')
  await sidecar.start()
  for (const name of ['ann', 'bob']) assert.equal((await sidecar.call('GET', `/v1/accounts/${name}?check=true`)).body.state, 'ready')
  await dc.control('POST', '/revoke?phone=15550000002')
  assert.equal((await sidecar.call('GET', '/v1/accounts/bob?check=true')).body.state, 'revoked')
  assert.equal((await sidecar.call('GET', '/v1/accounts/bob/topic-icons')).body.code, 'account_revoked')
  assert.equal((await sidecar.call('POST', '/v1/accounts/bob/revoke')).status, 204)
  assert.equal((await sidecar.call('GET', '/v1/accounts/bob')).body.code, 'account_not_found')
})

test('flood waits come back at once and hold up that method alone', async () => {
  await dc.control('POST', '/faults', { method: 'contacts.resolveUsername', kind: 'flood_wait', seconds: 40 })
  for (let i = 0; i < 2; i++) {
    const flood = await sidecar.call('GET', '/v1/accounts/ann/usernames/somebody')
    assert.deepEqual([flood.status, flood.body.code, flood.body.outcome], [429, 'flood_wait', 'refused'])
    assert.ok(flood.body.retry_after_ms > 30_000 && flood.body.retry_after_ms <= 40_000)
  }
  assert.equal((await sidecar.call('GET', '/v1/accounts/ann?check=true')).body.state, 'ready')
})

test('another key does not open the state, and a second process does not share it', async () => {
  const second = new Sidecar(folder.path, dc)
  await assert.rejects(second.start(sidecar.key), /ended with 3: another process holds/)
  await sidecar.endInput()
  assert.equal(sidecar.process!.exitCode, 0)
  await assert.rejects(second.start(), /the key does not open/)
  await sidecar.start()
  assert.equal((await sidecar.call('GET', '/v1/accounts')).body.accounts.length, 1)
})

test('SIGTERM ends it with 0, and nothing it wrote held a secret', async () => {
  await sidecar.end('SIGTERM')
  assert.equal(sidecar.process!.exitCode, 0)
  const secrets = [session.text, session.text.slice(20, 60), session.key, sidecar.key, '15550000002', 'correct horse', '12345"']
  for (const secret of secrets) assert.ok(!sidecar.output.includes(secret))
  const state = readFileSync(`${folder.path}/state/key.check`)
  assert.ok(!state.includes('edgeproxy'))
})
