// A large file up and down through the real library's own calls, part by part, so that neither side holds it: node large.mjs [MiB]
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { startDc } from './dc.mjs'

const Part = 512 * 1024
const parts = Number(process.argv[2] ?? 200) * 2
const dc = await startDc()
const { accounts } = await dc.control('POST', '/accounts', { phone: '1', session: true })
const bytes = Buffer.from(accounts[0].session.text.slice(1), 'base64url')
const client = dc.client({ disableUpdates: true })
const main = { id: dc.dc, ipAddress: '127.0.0.1', port: dc.port }
await client.importSession({ version: 3, primaryDcs: { main, media: main }, authKey: new Uint8Array(bytes.subarray(7)) })
await client.getMe()

// Each part is its number over and over: no two are equal and none has to be kept.
const part = index => {
  const buffer = Buffer.alloc(Part)
  for (let at = 0; at < Part; at += 4) buffer.writeUInt32LE((Math.imul(index + 1, 2654435761) + at) >>> 0, at)
  return buffer
}
const hash = createHash('sha256')
const rss = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${dc.pid}/status`, 'utf8'))[1]) >> 10
const fileId = (await import('node:module')).createRequire(process.env.NODE_MODULES + '/x.js')('long').fromNumber(1234567)
async function windowed(count, size, run) {
  let next = 0
  await Promise.all(Array.from({ length: size }, async () => {
    while (next < count) await run(next++)
  }))
}

const started = performance.now()
for (let index = 0; index < parts; index++) hash.update(part(index))
const hashed = performance.now()
await windowed(parts, 8, index => client.call(
  { _: 'upload.saveBigFilePart', fileId, filePart: index, fileTotalParts: parts, bytes: part(index) }, { kind: 'upload' }))
const uploaded = performance.now()
const message = await client.sendMedia('me', {
  type: 'document', file: { _: 'inputFileBig', id: fileId, parts, name: 'large.bin' }, fileName: 'large.bin', fileMime: 'application/octet-stream',
})
const sent = performance.now()
assert.equal(message.media.fileSize, parts * Part)
const { id, accessHash, fileReference } = message.media.raw
const location = { _: 'inputDocumentFileLocation', id, accessHash, fileReference, thumbSize: '' }
let wrong = 0
await windowed(parts, 8, async index => {
  const piece = await client.call({ _: 'upload.getFile', location, offset: index * Part, limit: Part }, { kind: 'download' })
  wrong += part(index).equals(Buffer.from(piece.bytes)) ? 0 : 1
})
const done = performance.now()
const [stored] = (await dc.control('GET', '/files')).stored.slice(-1)
assert.equal(stored.sha256, hash.digest('hex'))
assert.equal(wrong, 0)
const seconds = (from, to) => ((to - from) / 1000).toFixed(1)
console.log(`${parts / 2} MiB: up ${seconds(hashed, uploaded)} s, hashed by the data centre in ${seconds(uploaded, sent)} s, down ${seconds(sent, done)} s; `
  + `data centre's peak ${rss()} MB`)
await client.destroy()
await dc.stop()
process.exit(0)
