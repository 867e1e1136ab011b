import type { MtClient, tl } from '@mtcute/core'
import { Gate, type Waiting } from './gate.ts'
import { Limits } from './limits.ts'
import { log } from './log.ts'
import type { AccountState } from './state/account.ts'
import { Caller } from './telegram/caller.ts'
import { homeOf, newClient, type App } from './telegram/client.ts'
import { Peers, usernameOf } from './telegram/peers.ts'
import { Transport } from './telegram/transport.ts'

/** One account at work: its state, its connection and its place in line. It connects when it is first used. */
export class Account {
  readonly client: MtClient
  readonly caller: Caller
  readonly peers: Peers
  readonly gate: Gate
  /** Its files, which wait apart: they are long. */
  readonly transfers: Gate
  /** Telegram's topic icons and when they were asked for; see steps/icons.ts. */
  icons: { at: number; list: { emoji: string; id: string }[] } | null = null

  constructor(app: App, readonly state: AccountState, loggedIn: boolean, waiting: Waiting) {
    const transport = new Transport(app.overrides)
    this.client = newClient(app, transport, state, loggedIn, () => this.#revoked('AUTH_KEY_UNKNOWN'))
    this.caller = new Caller(this.client, transport, (error) => this.#revoked(error))
    this.peers = new Peers(this.caller, state)
    this.gate = new Gate(Limits.callsRunningPerAccount, Limits.callsWaitingPerAccount, waiting)
    this.transfers = new Gate(Limits.transfersRunningPerAccount, Limits.transfersWaiting, waiting)
  }

  get name(): string {
    return this.state.name
  }

  /** Asks Telegram who this is. Right after an import this also proves that the session is good. */
  async checkSelf(): Promise<void> {
    const [user] = await this.caller.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] }, { family: 'read' })
    if (user?._ === 'user') this.setSelf(user)
  }

  setSelf(user: tl.RawUser): void {
    this.state.self = { id: user.id, username: usernameOf(user), firstName: user.firstName ?? null, premium: user.premium === true }
    this.state.state = 'ready'
  }

  view(): object {
    const { name, state, self, source, createdAt } = this.state
    return {
      name, state, user_id: self.id, username: self.username, first_name: self.firstName, is_premium: self.premium,
      dc_id: homeOf(this.state), source, created_at: createdAt,
    }
  }

  /** Closes the connections and writes what is pending. */
  async close(): Promise<void> {
    this.caller.close()
    await this.client.disconnect().catch(() => {})
    await this.state.close()
  }

  #revoked(error: string): void {
    if (this.state.state === 'revoked') return
    log('warn', 'session no longer valid', { account: this.name, telegram_error: error })
    this.state.state = 'revoked'
    this.state.saveLater()
  }
}
