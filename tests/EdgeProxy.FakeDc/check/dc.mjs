// Starts the fake data centre and points the real library at it. FAKE_DC names the built program.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

// The library stands wherever the caller installed it: NODE_MODULES names the folder.
const load = file => import(pathToFileURL(join(process.env.NODE_MODULES, '@mtcute/node', file)).href)
export const node = await load('index.js')
export const utils = await load('utils.js')

export async function startDc() {
  const state = mkdtempSync(join(tmpdir(), 'fakedc-'))
  const child = spawn('dotnet', [process.env.FAKE_DC, 'serve', '--state-dir', state], { stdio: ['ignore', 'pipe', 'inherit'] })
  const said = await new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', bytes => {
      text += bytes
      if (text.includes('\n')) resolve(JSON.parse(text))
    })
    child.on('exit', code => reject(new Error('the data centre ended with ' + code)))
  })
  const crypto = new utils.NodeCryptoProvider()
  await crypto.initialize()
  utils.addPublicKey(crypto, said.rsa_pem)
  return {
    ...said,
    controlPort: said.control,
    pid: child.pid,
    async control(method, path, body) {
      const reply = await fetch(`http://127.0.0.1:${said.control}${path}`, {
        method, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json' },
      })
      const answer = await reply.json()
      if (!reply.ok) throw new Error(`${method} ${path}: ${answer.error}`)
      return answer
    },
    client(more = {}) {
      const dc = { id: said.dc, ipAddress: '127.0.0.1', port: said.port }
      return new node.TelegramClient({
        apiId: 1, apiHash: 'x', storage: new node.MemoryStorage(), defaultDcs: { main: dc, media: dc }, logLevel: Number(process.env.LOG ?? 1),
        updates: { catchUp: false }, ...more,
      })
    },
    async stop() {
      child.removeAllListeners('exit')
      const ended = new Promise(resolve => child.on('exit', resolve))
      child.kill('SIGTERM')
      await ended
      rmSync(state, { recursive: true, force: true })
    },
  }
}
