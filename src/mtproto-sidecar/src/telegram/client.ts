import { MtClient, networkMiddlewares, type ICorePlatform } from '@mtcute/core'
import { addPublicKey, defaultProductionDc, parseBasicDcOption, serializeBasicDcOption, type DcOptions } from '@mtcute/core/utils.js'
import { Limits } from '../limits.ts'
import { errorFields, leadingWords, log } from '../log.ts'
import { Metrics } from '../metrics.ts'
import type { AccountState } from '../state/account.ts'
import { libraryStorage } from '../state/storage.ts'
import { BundledCrypto } from './crypto.ts'
import type { Transport, DcOverrides } from './transport.ts'

/** Who we are to Telegram, and where its data centres are. The same for all accounts. */
export interface App {
  apiId: number
  apiHash: string
  overrides: DcOverrides
  crypto: BundledCrypto
}

/** A test data centre has its own RSA key; without this only Telegram's are believed. */
export function trustTestKey(app: App, pem: string): void {
  addPublicKey(app.crypto, pem)
}

const levels = ['error', 'error', 'warn'] as const
const platform: ICorePlatform = {
  // The library would install its own SIGTERM handler that ends the process in the middle of a write.
  beforeExit: () => () => {},
  log: (_color, level, tag, text) => log(levels[level] ?? 'debug', 'library', { tag, text: leadingWords(text) }),
  getDefaultLogLevel: () => 2,
  getDeviceModel: () => 'EdgeProxy',
}

/** The library's client for one account. `pinned` says that the account is logged in and its key must not be replaced. */
export function newClient(app: App, transport: Transport, state: AccountState, pinned: boolean, onKeyRefused: () => void): MtClient {
  return new MtClient({
    apiId: app.apiId,
    apiHash: app.apiHash,
    crypto: app.crypto,
    platform,
    transport,
    storage: libraryStorage(state, () => (pinned ? homeOf(state) : null), onKeyRefused),
    storageOptions: { cleanup: false },
    defaultDcs: defaultDcs(app),
    // Nobody here listens to updates, and a busy account gets thousands.
    disableUpdates: true,
    initConnectionOptions: { deviceModel: 'EdgeProxy', systemVersion: 'server', appVersion: '1.0' },
    logLevel: 2,
    onError: (error) => {
      Metrics.errors.add({ kind: 'library' })
      log('warn', 'library error', { account: state.name, ...errorFields(error) })
    },
    network: {
      // No flood waiter: a flood wait comes back at once and the job decides (the library's would also hold it per method for every chat).
      // RANDOM_ID_DUPLICATE is a 500 and means that the message is there already; the library would repeat it for ever.
      middlewares: [networkMiddlewares.internalErrorsHandler({ maxRetries: Limits.internalRetries, waitTime: 1, exceptErrors: ['RANDOM_ID_DUPLICATE'] })],
      // One connection for calls: what was sent later arrives later, which looking for a lost creation relies on.
      connectionCount: (kind) => (kind === 'upload' ? Limits.transferWindow : kind === 'main' ? 1 : 2),
    },
  })
}

/** The data centre where the account lives, or null before it has one. */
export function homeOf(state: AccountState): number | null {
  return homeOption(state)?.id ?? null
}

export function homeOption(state: AccountState): { id: number; ipAddress: string; port: number } | null {
  const option = state.kv.get('dc_main')
  return option === undefined ? null : parseBasicDcOption(option)
}

/** Sets where the account lives; files go to the same address. */
export function setHome(state: AccountState, id: number, ipAddress: string, port: number): void {
  state.kv.set('dc_main', serializeBasicDcOption({ id, ipAddress, port, ipv6: ipAddress.includes(':') }))
}

/** Where a new login begins; Telegram sends it on to the phone's data centre. */
function defaultDcs(app: App): DcOptions {
  const first = app.overrides.has(2) ? 2 : app.overrides.keys().next().value
  if (first === undefined) return defaultProductionDc
  const { host, port } = app.overrides.get(first)!
  const main = { id: first, ipAddress: host, port }
  return { main, media: main }
}
