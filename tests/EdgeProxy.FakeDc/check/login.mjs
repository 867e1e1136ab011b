import { startDc } from './dc.mjs'
import assert from 'node:assert/strict'
const dc = await startDc()
console.log('dc', dc.port, dc.control, dc.fingerprint)
try {
  await dc.control('POST', '/accounts', { phone: '15550000001', first_name: 'Ann', username: 'ann' })
  await dc.control('POST', '/accounts', { phone: '15550000002', first_name: 'Bob', username: 'bob', password: 'secret' })
  const client = dc.client()
  const me = await client.start({ phone: '15550000001', code: '12345' })
  assert.equal(me.displayName, 'Ann')
  assert.equal((await client.getMe()).username, 'ann')
  const bob = dc.client()
  const sent = await bob.sendCode({ phone: '15550000002' })
  await assert.rejects(bob.signIn({ phone: '15550000002', phoneCodeHash: sent.phoneCodeHash, phoneCode: '00000' }), /PHONE_CODE_INVALID/)
  await assert.rejects(bob.signIn({ phone: '15550000002', phoneCodeHash: sent.phoneCodeHash, phoneCode: '12345' }), /SESSION_PASSWORD_NEEDED/)
  await assert.rejects(bob.checkPassword('wrong'), /PASSWORD_HASH_INVALID/)
  assert.equal((await bob.checkPassword('secret')).displayName, 'Bob')
  assert.equal((await bob.getMe()).username, 'bob')
  console.log(JSON.stringify(await dc.control('GET', '/calls')))
  await client.destroy(); await bob.destroy()
  console.log('ok')
} finally { await dc.stop() }
process.exit(0)
