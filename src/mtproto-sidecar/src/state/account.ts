import { Limits } from '../limits.ts'
import { errorFields, log } from '../log.ts'
import type { StateFolder } from './folder.ts'

export interface Self {
  id: number
  username: string | null
  firstName: string | null
  premium: boolean
}

export type PeerKind = 'user' | 'bot' | 'group' | 'supergroup' | 'channel'

/** A peer the account has met: what must be said to Telegram to mean it. */
export interface KnownPeer {
  /** As the Bot API writes it. */
  chatId: number
  kind: PeerKind
  accessHash: string
  username: string | null
}

interface Stored {
  version: 1
  name: string
  source: 'import' | 'login'
  createdAt: string
  state: 'ready' | 'revoked'
  self: Self
  kv: [string, string][]
  keys: [number, string][]
  peers: [number, PeerKind, string, string | null][]
}

/**
 * Everything kept of one account: who it is, its keys, Telegram's options and the peers it has met. In memory whole, on disk as one sealed
 * file. A login in progress has no folder and lives in memory alone until it succeeds.
 */
export class AccountState {
  source: 'import' | 'login' = 'import'
  createdAt = new Date().toISOString()
  state: 'ready' | 'revoked' = 'ready'
  self: Self = { id: 0, username: null, firstName: null, premium: false }
  readonly kv = new Map<string, Uint8Array>()
  readonly keys = new Map<number, Uint8Array>()
  /** In the order they were last met, so that the oldest go first. */
  readonly peers = new Map<number, KnownPeer>()
  #folder: StateFolder | null = null
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()

  constructor(readonly name: string) {}

  static load(plain: Buffer, folder: StateFolder): AccountState {
    const stored = JSON.parse(plain.toString()) as Stored
    const state = new AccountState(stored.name)
    state.source = stored.source
    state.createdAt = stored.createdAt
    state.state = stored.state
    state.self = stored.self
    for (const [key, value] of stored.kv) state.kv.set(key, Buffer.from(value, 'base64'))
    for (const [dc, value] of stored.keys) state.keys.set(dc, Buffer.from(value, 'base64'))
    for (const [chatId, kind, accessHash, username] of stored.peers) state.peers.set(chatId, { chatId, kind, accessHash, username })
    state.#folder = folder
    return state
  }

  /** From now on it is kept in the folder; resolves when it is there. */
  keepIn(folder: StateFolder): Promise<void> {
    this.#folder = folder
    return this.save()
  }

  /** Resolves when what is here now is on disk. Writes follow each other; one that waits takes in whatever changed meanwhile. */
  save(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const write = async () => {
      if (this.#folder !== null) await this.#folder.writeAccount(this.name, Buffer.from(JSON.stringify(this.#stored())))
    }
    return (this.#writing = this.#writing.then(write, write))
  }

  /** For what costs only a round trip when it is lost. */
  saveLater(): void {
    if (this.#folder === null) return
    const failed = (error: unknown) => log('error', 'state not written', { account: this.name, ...errorFields(error) })
    this.#timer ??= setTimeout(() => this.save().catch(failed), Limits.saveDelayMs)
  }

  /** Writes what is pending, and nothing after it. */
  async close(): Promise<void> {
    if (this.#timer !== null) await this.save()
    else await this.#writing.catch(() => {})
    this.#folder = null
  }

  async delete(): Promise<void> {
    const folder = this.#folder
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#folder = null
    await this.#writing.catch(() => {})
    await folder?.deleteAccount(this.name)
  }

  meet(peer: KnownPeer): void {
    const known = this.peers.get(peer.chatId)
    // Met again: to the end of the order. Only a change is worth a write.
    this.peers.delete(peer.chatId)
    this.peers.set(peer.chatId, peer)
    if (this.peers.size > Limits.peersPerAccount) this.peers.delete(this.peers.keys().next().value!)
    if (known === undefined || known.accessHash !== peer.accessHash || known.username !== peer.username || known.kind !== peer.kind) this.saveLater()
  }

  #stored(): Stored {
    return {
      version: 1,
      name: this.name,
      source: this.source,
      createdAt: this.createdAt,
      state: this.state,
      self: this.self,
      kv: [...this.kv].map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      keys: [...this.keys].map(([dc, value]) => [dc, Buffer.from(value).toString('base64')]),
      peers: [...this.peers.values()].map((peer) => [peer.chatId, peer.kind, peer.accessHash, peer.username]),
    }
  }
}
