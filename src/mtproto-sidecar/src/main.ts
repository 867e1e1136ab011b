import { existsSync, unlinkSync } from 'node:fs'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import { Accounts } from './accounts.ts'
import { newServer } from './http/server.ts'
import { Limits } from './limits.ts'
import { errorFields, log, setLogLevel } from './log.ts'
import { Metrics } from './metrics.ts'
import { readOptions, usage, type Options } from './options.ts'
import { routes } from './routes.ts'
import { StateError, StateFolder } from './state/folder.ts'
import { Vault } from './state/vault.ts'
import { trustTestKey, type App } from './telegram/client.ts'
import { BundledCrypto } from './telegram/crypto.ts'

/** Exit codes: 2 the options are wrong, 3 the state does not open (wrong key, or held by another process), 1 anything else. */
async function main(): Promise<void> {
  const read = readOptions(process.argv.slice(2), process.env)
  if ('errors' in read) {
    process.stderr.write(read.errors.map((error) => `${error}\n`).join('') + usage)
    process.exit(2)
  }
  const { options } = read
  setLogLevel(options.logLevel)
  const app: App = { apiId: options.apiId, apiHash: options.apiHash, overrides: options.testDcs, crypto: new BundledCrypto() }
  await app.crypto.initialize()
  if (options.testRsaKey !== null) trustTestKey(app, options.testRsaKey)
  const { folder, accounts: stored } = await StateFolder.open(options.state, new Vault(options.key))
  for (const name of folder.damaged) log('error', 'damaged file: its account is not served', { file: name })
  const accounts = new Accounts(app, folder, stored)
  let stopping = false
  const server = newServer({ router: routes(accounts, () => stopping), secret: options.secret, stopping: () => stopping })
  await listen(server, options.listen)
  const bound = server.address()
  log('info', 'listening', { on: typeof bound === 'string' ? `unix:${bound}` : `http port ${bound?.port}`, accounts: accounts.list().length })

  const stop = async (why: string, graceMs: number) => {
    if (stopping) return
    stopping = true
    log('info', 'stopping', { why })
    // Running steps may finish; what is still under way then is cut off and its caller hears that nobody knows.
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeIdleConnections()
    const timer = setTimeout(() => {
      for (const account of accounts.list()) account.caller.close()
      setTimeout(() => server.closeAllConnections(), 500).unref()
    }, graceMs)
    await closed
    clearTimeout(timer)
    await accounts.close()
    log('info', 'stopped')
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop('SIGTERM', Limits.stopMs))
  process.on('SIGINT', () => void stop('SIGINT', Limits.stopMs))
  // Whoever started it is gone, killed perhaps, and so is everybody who waits for an answer; its successor needs the folder.
  if (options.stopWithStdin) process.stdin.resume().once('close', () => void stop('stdin ended', 0))
}

async function listen(server: Server, where: Options['listen']): Promise<void> {
  if ('path' in where) await removeStale(where.path)
  // The socket is born with mode 0600: nobody else can slip in before a chmod.
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(where, resolve)
    })
  } finally {
    process.umask(mask)
  }
}

/** A socket that nobody answers on was left by a process that died. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path)) return
  const answered = await new Promise<boolean>((resolve) => {
    const socket = connect(path, () => resolve(true)).on('error', () => resolve(false))
    socket.unref()
  })
  if (answered) throw new StateError(`another process listens on ${path}`)
  unlinkSync(path)
}

// The library leaves a rejected promise behind when an authorization cannot be carried to another data centre. That is one call's failure,
// which the call reports, and no reason to end the sessions of everybody else.
process.on('unhandledRejection', (reason) => {
  Metrics.errors.add({ kind: 'unhandled_rejection' })
  log('error', 'unhandled rejection', errorFields(reason))
})

process.on('uncaughtException', (error) => {
  log('error', 'uncaught exception', errorFields(error))
  process.exit(1)
})

main().catch((error: unknown) => {
  if (error instanceof StateError) {
    process.stderr.write(`${error.message}\n`)
    process.exit(3)
  }
  const code = (error as NodeJS.ErrnoException).code
  log('error', 'cannot start', { ...errorFields(error), ...(code === undefined ? {} : { code }) })
  process.exit(1)
})
