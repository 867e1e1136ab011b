import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { isTelegramAddress } from '../src/telegram/networks.ts'
import { formatSession, parseSession, SessionError } from '../src/telegram/session.ts'

const key = randomBytes(256)
const v4 = { dc: 2, address: '149.154.167.51', port: 443, key }
const v6 = { dc: 4, address: '2001:67c:4e8:f004:0:0:0:a', port: 443, key }
/** A session put together by hand, apart from formatSession. */
const raw = (bytes: Buffer, version = '1') => version + bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
const bytesV4 = Buffer.concat([Buffer.from([2, 149, 154, 167, 51, 0x01, 0xbb]), key])
const reasonOf = (text: string) => {
  try {
    parseSession(text)
  } catch (error) {
    assert.ok(error instanceof SessionError)
    // Whoever reads the message learns nothing of the session.
    assert.ok(text.length < 8 || !error.message.includes(text.slice(1, 9)))
    return error.reason
  }
  return 'none'
}

test('IPv4 and IPv6, padded or not, come back as they went', () => {
  for (const session of [v4, v6]) {
    const text = formatSession(session)
    assert.deepEqual(parseSession(text), session)
    assert.deepEqual(parseSession(text.replace(/=+$/, '')), session)
  }
  assert.equal(formatSession(v4), raw(bytesV4))
  assert.equal(formatSession({ ...v6, address: '2001:67c:4e8:f004::a' }), formatSession(v6))
})

test('what is wrong is named', () => {
  const good = raw(bytesV4)
  assert.equal(reasonOf(''), 'empty')
  assert.equal(reasonOf(raw(bytesV4, '2')), 'version')
  assert.equal(reasonOf(good.slice(1)), good[1] === '1' ? 'none' : 'version')
  assert.equal(reasonOf(` ${good}`), 'version')
  assert.equal(reasonOf(`${good}\n`), 'alphabet')
  assert.equal(reasonOf(`1${'+'.repeat(351)}`), 'alphabet')
  assert.equal(reasonOf(raw(bytesV4.subarray(0, 200))), 'length')
  assert.equal(reasonOf(raw(bytesV4.subarray(0, bytesV4.length - 1))), 'length')
  assert.equal(reasonOf(raw(Buffer.concat([bytesV4, Buffer.from([7])]))), 'length')
  assert.equal(reasonOf(raw(Buffer.concat([bytesV4, randomBytes(13)]))), 'length')
  assert.equal(reasonOf(raw(Buffer.concat([Buffer.from([0]), bytesV4.subarray(1)]))), 'dc')
  assert.equal(reasonOf(raw(Buffer.concat([Buffer.from([6]), bytesV4.subarray(1)]))), 'dc')
  assert.equal(reasonOf(raw(Buffer.concat([bytesV4.subarray(0, 5), Buffer.from([0, 0]), key]))), 'port')
  assert.equal(reasonOf(raw(Buffer.concat([bytesV4.subarray(0, 7), Buffer.alloc(256)]))), 'key')
})

test('every cut of a session is refused', () => {
  const good = raw(bytesV4).replace(/=+$/, '')
  for (let length = 1; length < good.length; length++) assert.equal(reasonOf(good.slice(0, length)), 'length', `length ${length}`)
})

test('one session has one text: spare bits and odd padding are refused', () => {
  const good = raw(bytesV4)
  assert.equal(bytesV4.length % 3, 2)
  const bare = good.replace(/=+$/, '')
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const spare = bare.slice(0, -1) + last[last.indexOf(bare.at(-1)!) + 1]
  assert.equal(reasonOf(spare), 'alphabet')
  assert.equal(reasonOf(`${bare}==`), 'alphabet')
  assert.equal(reasonOf(`${bare}===`), 'alphabet')
})

test("an address outside Telegram's networks is told apart", () => {
  assert.ok(isTelegramAddress('149.154.167.51'))
  assert.ok(isTelegramAddress('2001:67c:4e8:f004:0:0:0:a'))
  for (const address of ['127.0.0.1', '10.0.0.1', '149.154.176.1', '2001:db8::1', '0:0:0:0:0:0:0:1']) assert.ok(!isTelegramAddress(address), address)
})
