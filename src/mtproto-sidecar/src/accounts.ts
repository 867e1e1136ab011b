import { Account } from './account.ts'
import { Waiting } from './gate.ts'
import { Limits } from './limits.ts'
import { log } from './log.ts'
import { Problem } from './problem.ts'
import { AccountState } from './state/account.ts'
import type { StateFolder } from './state/folder.ts'
import { homeOption, setHome, type App } from './telegram/client.ts'
import { isTelegramAddress } from './telegram/networks.ts'
import { formatSession, parseSession, SessionError, type Session } from './telegram/session.ts'

/** A login between its steps; forgotten after Limits.loginMs. */
export interface Login {
  account: Account
  phone: string
  codeHash: string
  step: 'code' | 'password'
  timer: NodeJS.Timeout
}

/** Who is served. Every change of the list goes through here. */
export class Accounts {
  readonly waiting = new Waiting(Limits.callsWaiting)
  readonly logins = new Map<string, Login>()
  readonly #accounts = new Map<string, Account>()
  /** Names that are being imported, logged in or deleted: one change of a name at a time. */
  readonly #changing = new Set<string>()

  constructor(readonly app: App, readonly folder: StateFolder, stored: Buffer[]) {
    for (const plain of stored) {
      const state = AccountState.load(plain, folder)
      this.#accounts.set(state.name, new Account(app, state, true, this.waiting))
    }
  }

  list(): Account[] {
    return [...this.#accounts.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  find(name: string): Account | undefined {
    return this.#accounts.get(name)
  }

  /** The account for a step: there, and not revoked. */
  usable(name: string): Account {
    const account = this.#accounts.get(name)
    if (account === undefined) throw new Problem('account_not_found', { detail: 'no account of this name' })
    if (account.state.state === 'revoked') throw new Problem('account_revoked', { detail: 'log in again, or import a new session' })
    return account
  }

  /** Imports a session and asks Telegram who it is. `created` is false when it was here already. */
  async import(name: string, text: string): Promise<{ account: Account; created: boolean }> {
    const session = this.#parse(text)
    return this.changing(name, async () => {
      const known = this.#accounts.get(name)
      if (known !== undefined && known.state.keys.get(session.dc) !== undefined && session.key.equals(known.state.keys.get(session.dc)!)) {
        await known.checkSelf()
        await known.state.save()
        return { account: known, created: false }
      }
      this.refuseExisting(name)
      const state = new AccountState(name)
      setHome(state, session.dc, session.address, session.port)
      state.keys.set(session.dc, session.key)
      return { account: await this.admit(state, 'import'), created: true }
    })
  }

  /** Checks that the state is a good session, keeps it and serves it. */
  async admit(state: AccountState, source: 'import' | 'login'): Promise<Account> {
    state.source = source
    const account = new Account(this.app, state, true, this.waiting)
    try {
      await account.checkSelf()
    } catch (error) {
      await account.close()
      throw error
    }
    const old = this.#accounts.get(state.name)
    this.#accounts.set(state.name, account)
    await old?.close()
    await state.keepIn(this.folder)
    log('info', 'account added', { account: state.name, source })
    return account
  }

  /** A name is free when nobody has it or its session is gone. */
  refuseExisting(name: string): void {
    const known = this.#accounts.get(name)
    if (known !== undefined && known.state.state === 'ready') throw new Problem('account_exists', { detail: 'another session is stored under this name' })
    if (known === undefined && this.#accounts.size >= Limits.accountsMax) throw new Problem('queue_full', { detail: `at most ${Limits.accountsMax} accounts` })
  }

  export(account: Account): string {
    const home = homeOption(account.state)
    const key = home === null ? undefined : account.state.keys.get(home.id)
    if (home === null || key === undefined) throw new Problem('internal', { detail: 'the account has no key' })
    return formatSession({ dc: home.id, address: home.ipAddress, port: home.port, key: Buffer.from(key) })
  }

  /** Logs out at Telegram first when asked to. Gone already is as good. */
  async remove(name: string, logOut: boolean): Promise<void> {
    await this.changing(name, async () => {
      const account = this.#accounts.get(name)
      if (account === undefined) return
      if (logOut && account.state.state === 'ready') {
        try {
          await account.caller.call({ _: 'auth.logOut' }, { family: 'login' })
        } catch (error) {
          // The session being dead is what was wanted.
          if (!(error instanceof Problem && error.code === 'account_revoked')) throw error
        }
      }
      this.#accounts.delete(name)
      await account.state.delete()
      await account.close()
      log('info', 'account removed', { account: name, logged_out: logOut })
    })
  }

  async changing<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (this.#changing.has(name)) throw new Problem('login_step', { detail: 'this account is being changed by another call' })
    this.#changing.add(name)
    try {
      return await work()
    } finally {
      this.#changing.delete(name)
    }
  }

  async close(): Promise<void> {
    for (const login of this.logins.values()) clearTimeout(login.timer)
    await Promise.all([...this.logins.values()].map((login) => login.account.close()))
    await Promise.all(this.list().map((account) => account.close()))
  }

  #parse(text: string): Session {
    let session: Session
    try {
      session = parseSession(text)
    } catch (error) {
      if (error instanceof SessionError) throw new Problem('session_invalid', { reason: error.reason, detail: error.message })
      throw error
    }
    // With test addresses the session's own address is not used (Transport), so it may be any.
    if (this.app.overrides.size === 0 && !isTelegramAddress(session.address)) {
      throw new Problem('session_invalid', { reason: 'address', detail: `the session is for ${session.address}, which is not in Telegram's networks` })
    }
    return session
  }
}
