import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** The fake data centre (tests/EdgeProxy.FakeDc), a process; FAKEDC names its built program. */
export class FakeDc {
  private constructor(readonly process: ChildProcess, readonly hello: { port: number; control: number; dc: number; rsa_pem: string }) {}

  static async start(folder: string): Promise<FakeDc> {
    const program = process.env.FAKEDC
    if (program === undefined) throw new Error('FAKEDC: the path of the built EdgeProxy.FakeDc')
    const child = spawn(program, ['serve', '--state-dir', folder], { stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise<string>((resolve, reject) => {
      createInterface(child.stdout!).once('line', resolve)
      child.once('exit', (code) => reject(new Error(`the fake data centre ended with ${code}`)))
    })
    return new FakeDc(child, JSON.parse(line))
  }

  async control(method: string, path: string, body?: object): Promise<any> {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`http://127.0.0.1:${this.hello.control}${path}`, { method, body: body && JSON.stringify(body), headers })
    const value = await answer.json()
    if (!answer.ok) throw new Error(`control ${path}: ${JSON.stringify(value)}`)
    return value
  }

  stop(): Promise<void> {
    return end(this.process, 'SIGTERM')
  }
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill(signal)
  })
}

export interface Reply {
  status: number
  headers: IncomingMessage['headers']
  body: any
  bytes: Buffer
}

/** The real bundle over a real Unix socket, with everything it writes to stderr kept for looking for secrets. */
export class Sidecar {
  process: ChildProcess | null = null
  output = ''
  readonly key = randomBytes(32).toString('hex')
  readonly socket: string

  constructor(readonly folder: string, readonly dc: FakeDc) {
    this.socket = join(folder, 'sidecar.sock')
    writeFileSync(join(folder, 'rsa.pem'), dc.hello.rsa_pem)
  }

  async start(key = this.key): Promise<void> {
    const { dc, port } = this.dc.hello
    const bundle = process.env.SIDECAR ?? 'dist/sidecar.cjs'
    const args = [
      bundle, '--listen', `unix:${this.socket}`, '--state', join(this.folder, 'state'), '--api-id', '1', '--stop-with-stdin', '--log-level', 'debug',
      '--test-dc', `${dc}=127.0.0.1:${port}`, '--test-rsa-key', join(this.folder, 'rsa.pem'),
    ]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'], env: { MTPROTO_KEY: key, MTPROTO_API_HASH: '0'.repeat(32) } })
    this.process = child
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the sidecar ended with ${code}: ${this.output}`)))
      child.stderr!.on('data', (chunk: Buffer) => {
        this.output += chunk
        if (this.output.includes('"listening"')) resolve()
      })
    })
    this.output = this.output.replaceAll('"listening"', '"listened"')
  }

  end(signal: NodeJS.Signals): Promise<void> {
    return end(this.process!, signal)
  }

  /** As if the process that started it had died. */
  endInput(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.process!.once('exit', () => resolve()))
    this.process!.stdin!.end()
    return ended
  }

  call(method: string, path: string, body?: object | Buffer | AsyncIterable<Buffer>, headers: Record<string, string | number> = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const req = request({ socketPath: this.socket, method, path, headers }, (res) => {
        const chunks: Buffer[] = []
        res.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject).on('end', () => {
          const bytes = Buffer.concat(chunks)
          const json = /json/.test(res.headers['content-type'] ?? '') && bytes.length > 0
          resolve({ status: res.statusCode!, headers: res.headers, body: json ? JSON.parse(bytes.toString()) : null, bytes })
        })
      })
      req.on('error', reject)
      if (body === undefined) req.end()
      else if (Buffer.isBuffer(body)) req.end(body)
      else if (Symbol.asyncIterator in body) void pump(body as AsyncIterable<Buffer>, req)
      else req.end(JSON.stringify(body))
    })
  }

  /** The answer as a stream. */
  stream(path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => request({ socketPath: this.socket, path, headers }, resolve).on('error', reject).end())
  }
}

async function pump(body: AsyncIterable<Buffer>, req: ReturnType<typeof request>): Promise<void> {
  for await (const chunk of body) {
    if (req.destroyed) return
    if (!req.write(chunk)) await new Promise<void>((resolve) => {
      req.once('drain', resolve)
      req.once('close', resolve)
    })
  }
  req.end()
}

export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'sidecar-e2e-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}
