import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { AccountState } from '../src/state/account.ts'
import { StateError, StateFolder } from '../src/state/folder.ts'
import { libraryStorage } from '../src/state/storage.ts'
import { parseKey, Vault } from '../src/state/vault.ts'
import { homeOf, setHome } from '../src/telegram/client.ts'

const folderOf = (t: TestContext) => {
  const path = mkdtempSync(join(tmpdir(), 'sidecar-state-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}
/** Folders are held by the process that opened them, so each look is at a copy. */
const copyOf = (t: TestContext, path: string) => {
  const copy = folderOf(t)
  for (const name of readdirSync(path)) writeFileSync(join(copy, name), readFileSync(join(path, name)))
  return copy
}

function account(key: Buffer): AccountState {
  const state = new AccountState('secretive')
  setHome(state, 2, '149.154.167.51', 443)
  state.keys.set(2, key)
  state.self = { id: 777000123, username: 'acme_ops', firstName: 'Ops', premium: true }
  state.meet({ chatId: -1002000000001, kind: 'supergroup', accessHash: '-6123456789012345678', username: null })
  return state
}

test('sealed bytes open with the key and the label, and with nothing else', () => {
  const vault = new Vault(randomBytes(32))
  const sealed = vault.seal('a', Buffer.from('plain'))
  assert.equal(vault.open('a', sealed)?.toString(), 'plain')
  assert.equal(vault.open('b', sealed), null)
  assert.equal(new Vault(randomBytes(32)).open('a', sealed), null)
  assert.notDeepEqual(vault.seal('a', Buffer.from('plain')), sealed)
  for (let i = 0; i < sealed.length; i++) {
    const flipped = Buffer.from(sealed)
    flipped[i]! ^= 1
    assert.equal(vault.open('a', flipped), null, `byte ${i}`)
    assert.equal(vault.open('a', sealed.subarray(0, i)), null, `cut at ${i}`)
  }
})

test('a key is 64 hex digits or base64 of 32 bytes', () => {
  const key = randomBytes(32)
  assert.deepEqual(parseKey(`${key.toString('hex')}\n`), key)
  assert.deepEqual(parseKey(key.toString('base64')), key)
  assert.deepEqual(parseKey(key.toString('base64url')), key)
  const wrong = ['', 'short', key.toString('hex').slice(1), randomBytes(31).toString('base64'), randomBytes(33).toString('base64')]
  for (const text of wrong) assert.equal(parseKey(text), null, text)
})

test('an account comes back whole, and no file shows anything of it', async (t) => {
  const path = folderOf(t)
  const vault = new Vault(randomBytes(32))
  const key = randomBytes(256)
  const { folder } = await StateFolder.open(path, vault)
  await account(key).keepIn(folder)
  for (const name of readdirSync(path)) {
    assert.equal(statSync(join(path, name)).mode & 0o777, 0o600)
    const bytes = readFileSync(join(path, name))
    assert.ok(!name.includes('secretive') && !bytes.includes(key))
    for (const plain of [key.toString('base64').slice(0, 40), 'secretive', 'acme_ops', '149.154']) assert.ok(!bytes.includes(plain))
  }
  const { accounts: [plain], folder: again } = await StateFolder.open(copyOf(t, path), vault)
  const back = AccountState.load(plain!, again)
  assert.equal(back.name, 'secretive')
  assert.deepEqual(Buffer.from(back.keys.get(2)!), key)
  assert.equal(homeOf(back), 2)
  assert.equal(back.peers.get(-1002000000001)?.accessHash, '-6123456789012345678')
  assert.equal(back.self.id, 777000123)
})

test('a wrong key is refused as such; a damaged file only takes its own account out', async (t) => {
  const path = folderOf(t)
  const vault = new Vault(randomBytes(32))
  const { folder } = await StateFolder.open(path, vault)
  await account(randomBytes(256)).keepIn(folder)
  const otherKey = StateFolder.open(copyOf(t, path), new Vault(randomBytes(32)))
  await assert.rejects(otherKey, (error) => error instanceof StateError && /another one/.test(error.message))
  const damaged = copyOf(t, path)
  const file = readdirSync(damaged).find((name) => name.endsWith('.account'))!
  const bytes = readFileSync(join(damaged, file))
  bytes[40]! ^= 4
  writeFileSync(join(damaged, file), bytes)
  const opened = await StateFolder.open(damaged, vault)
  assert.deepEqual([opened.accounts.length, opened.folder.damaged], [0, [file]])
  const headless = copyOf(t, path)
  rmSync(join(headless, 'key.check'))
  await assert.rejects(StateFolder.open(headless, vault), StateError)
})

test('two processes never share a folder', async (t) => {
  const path = folderOf(t)
  const vault = new Vault(randomBytes(32))
  await StateFolder.open(path, vault)
  await assert.rejects(StateFolder.open(path, vault), (error) => error instanceof StateError && /holds/.test(error.message))
})

test('the library cannot replace the key of a logged-in account', async () => {
  const key = randomBytes(256)
  const state = account(key)
  let refused = 0
  const { authKeys } = libraryStorage(state, () => 2, () => refused++)
  await authKeys.set(2, null)
  await authKeys.set(2, randomBytes(256))
  await authKeys.deleteByDc(2)
  await authKeys.deleteAll()
  assert.deepEqual(state.keys.get(2), key)
  assert.equal(refused, 2)
  await authKeys.set(4, key)
  await authKeys.deleteByDc(4)
  assert.equal(state.keys.get(4), undefined)
})
