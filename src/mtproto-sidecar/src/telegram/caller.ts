import type { MtClient, tl } from '@mtcute/core'
import { isTlRpcError } from '@mtcute/core/utils.js'
import { Limits, type Family } from '../limits.ts'
import { errorFields, log } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { Problem } from '../problem.ts'
import type { KnownPeer } from '../state/account.ts'
import { Floods } from './floods.ts'
import { neverTwice } from './once.ts'
import { Pacing } from './pacing.ts'
import type { Transport } from './transport.ts'

export interface How {
  family: Family
  /** The chat it concerns: a flood wait there holds up nobody else. */
  chat?: number
  /**
   * False for what Telegram would do twice (a creation, a photo): it is sent once, and ends with outcome `unknown` when its answer is lost.
   */
  repeatable?: false
  /** Ends the call when its caller is gone. Only for transfers: a step under way is finished. */
  signal?: AbortSignal
  timeoutMs?: number
  kind?: 'upload' | 'download'
  dc?: number
}

class Interrupted extends Error {
  constructor(readonly why: string) {
    super(why)
  }
}

export const reading = (peer: KnownPeer) => ({ family: 'read', chat: peer.chatId }) as const
export const managing = (peer: KnownPeer) => ({ family: 'manage', chat: peer.chatId }) as const

/** The session is no longer good, whatever is asked (core.telegram.org/api/errors, 401 and 406). */
const revoked = /^(AUTH_KEY_(UNREGISTERED|INVALID|DUPLICATED)|SESSION_(REVOKED|EXPIRED)|USER_DEACTIVATED(_BAN)?)$/

/**
 * The one way a call goes to Telegram.
 *
 * 1. A flood wait that Telegram imposed on this method and chat is answered at once.
 * 2. The call waits for its turn in the account's pace.
 * 3. What must not be repeated makes sure first that there is a connection.
 * 4. It is sent, with a limit in time; every result is an answer or a Problem that says whether it may have been done.
 */
export class Caller {
  readonly #pacing = new Pacing()
  readonly #floods = new Floods()
  /** Ends each call under way. A set and not an AbortSignal: node 20 never forgets what was derived from one that lives as long. */
  readonly #interrupts = new Set<(why: string) => void>()
  /** Calls under way that must not be repeated, and their methods. */
  readonly #once = new Map<(why: string) => void, string>()
  readonly #guarded = new WeakSet<object>()
  #closed = false

  constructor(readonly client: MtClient, readonly transport: Transport, readonly onRevoked: (error: string) => void) {}

  async call<T extends tl.RpcMethod>(request: T, how: How): Promise<tl.RpcCallReturn[T['_']]> {
    const left = this.#floods.left(request._, this.#place(how))
    if (left > 0) throw new Problem('flood_wait', { retry_after_ms: left, method: request._ })
    await this.#pacing.turn(how.family)
    if (how.repeatable === false) {
      const me: tl.users.RawGetUsersRequest = { _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] }
      await this.#send(me, { ...how, repeatable: undefined })
    }
    return this.#send(request, how)
  }

  /** Calls under way end with `outcome_unknown`. */
  close(): void {
    this.#closed = true
    for (const interrupt of [...this.#interrupts]) interrupt('the account was closed')
  }

  #place(how: How): string {
    return how.dc === undefined ? `${how.chat ?? ''}` : `dc${how.dc}`
  }

  async #send<T extends tl.RpcMethod>(request: T, how: How): Promise<tl.RpcCallReturn[T['_']]> {
    const abort = new AbortController()
    const interrupt = (why: string) => abort.abort(new Interrupted(why))
    const limit = how.timeoutMs ?? Limits.callMs
    // Not the library's own time limit: its timer would keep the part's bytes in memory until it fires.
    const timer = setTimeout(interrupt, limit, `no answer within ${limit / 1000} s`)
    const gone = () => interrupt('the caller went away')
    how.signal?.addEventListener('abort', gone)
    this.#interrupts.add(interrupt)
    const connected = this.transport.connected
    const opened = this.transport.opened
    try {
      // Nothing has left yet.
      if (how.signal?.aborted === true || this.#closed) throw new Problem('telegram_unavailable', { method: request._, detail: 'the caller is gone' })
      await this.client.connect()
      if (how.repeatable === false) this.#sendOnce(request._, interrupt)
      const params = { kind: how.kind ?? 'main', dcId: how.dc, abortSignal: abort.signal, maxRetryCount: how.repeatable === false ? 0 : undefined } as const
      const result: unknown = await this.client.call(request as never, params)
      if (isTlRpcError(result as object)) throw this.#refusal(request._, result as { errorCode: number; errorMessage: string }, how)
      Metrics.calls.add({ method: request._, result: 'ok' })
      return result as tl.RpcCallReturn[T['_']]
    } catch (error) {
      throw this.#failure(request._, error, how, !connected && this.transport.opened === opened)
    } finally {
      clearTimeout(timer)
      this.#once.delete(interrupt)
      how.signal?.removeEventListener('abort', gone)
      this.#interrupts.delete(interrupt)
    }
  }

  #sendOnce(method: string, interrupt: (why: string) => void): void {
    this.#once.set(interrupt, method)
    const connection = this.client.network['_primaryDc']!.main._connections[0]!
    if (this.#guarded.has(connection)) return
    this.#guarded.add(connection)
    const inDoubt = (failed: string) => {
      for (const [end, own] of [...this.#once]) if (own === failed) end('the connection to Telegram was lost before the answer')
    }
    neverTwice(connection, (failed) => [...this.#once.values()].includes(failed), inDoubt)
  }

  /** An error word of Telegram. */
  #refusal(method: string, { errorCode, errorMessage }: { errorCode: number; errorMessage: string }, how: How): Problem {
    const details = { method, telegram_code: errorCode, telegram_error: errorMessage }
    const wait = errorCode === 420 || /^(FLOOD|SLOWMODE)_/.test(errorMessage) ? /_(\d+)$/.exec(errorMessage) : null
    if (wait !== null) {
      const ms = Math.max(1, Number(wait[1])) * 1000
      this.#floods.remember(method, this.#place(how), ms)
      Metrics.floods.add({ method })
      return new Problem('flood_wait', { ...details, retry_after_ms: ms })
    }
    if (revoked.test(errorMessage)) {
      this.onRevoked(errorMessage)
      return new Problem('account_revoked', details)
    }
    // 5xx and −503 are Telegram's own failures: it may have done it or not.
    const internal = (errorCode >= 500 || errorCode < 0) && errorMessage !== 'RANDOM_ID_DUPLICATE'
    return new Problem(internal ? 'outcome_unknown' : 'telegram_refused', details)
  }

  #failure(method: string, error: unknown, how: How, neverConnected: boolean): Problem {
    if (error instanceof Problem) {
      Metrics.calls.add({ method, result: error.code })
      return error
    }
    let problem: Problem
    // To read another data centre the library carries the login there; it says in words how that failed, and would never try again.
    const carried = how.dc === undefined ? null : /^Failed to (?:export|import) \((-?\d+): (\w+)\)/.exec((error as Error).message)
    if (carried !== null) {
      this.client.network['_pendingExports'].delete(how.dc!)
      problem = this.#refusal('auth.exportAuthorization', { errorCode: Number(carried[1]), errorMessage: carried[2]! }, { ...how, chat: undefined })
    } else if (neverConnected) problem = new Problem('telegram_unavailable', { method, retry_after_ms: 5_000, detail: 'no connection to the data centre' })
    else if (error instanceof Interrupted) problem = new Problem('outcome_unknown', { method, detail: error.why })
    else {
      log('warn', 'call failed', { method, ...errorFields(error) })
      problem = new Problem('outcome_unknown', { method, detail: 'the library gave up' })
    }
    Metrics.calls.add({ method, result: problem.code })
    return problem
  }
}
