import { computeSrpParams } from '@mtcute/core/utils.js'
import type { tl } from '@mtcute/core'
import { Account } from '../account.ts'
import type { Accounts, Login } from '../accounts.ts'
import { Limits } from '../limits.ts'
import { Problem, wordOf, type Code } from '../problem.ts'
import { AccountState } from '../state/account.ts'
import { homeOption, setHome } from '../telegram/client.ts'

/** Words of Telegram that concern what the user typed, and how they are told to him. */
const words: [RegExp, Code][] = [
  [/^PHONE_NUMBER_(INVALID|BANNED|FLOOD|UNOCCUPIED|APP_SIGNUP_FORBIDDEN)$|^PHONE_PASSWORD_(FLOOD|PROTECTED)$/, 'phone_invalid'],
  [/^PHONE_CODE_(INVALID|EMPTY)$/, 'code_invalid'],
  [/^PHONE_CODE_EXPIRED$/, 'code_expired'],
  [/^PASSWORD_HASH_INVALID$|^SRP_PASSWORD_CHANGED$/, 'password_invalid'],
]

const how = { family: 'login' } as const

/** Sends a code. The login lives in memory, with a key of its own that reaches the disk only when it succeeds. */
export async function startLogin(accounts: Accounts, name: string, phone: string): Promise<object> {
  return accounts.changing(name, async () => {
    accounts.refuseExisting(name)
    await cancelLogin(accounts, name)
    if (accounts.logins.size >= Limits.accountsMax) throw new Problem('queue_full', { detail: 'too many logins under way' })
    const account = new Account(accounts.app, new AccountState(name), false, accounts.waiting)
    try {
      const { apiId, apiHash } = accounts.app
      const sent = await told(account.caller.call({ _: 'auth.sendCode', phoneNumber: phone, apiId, apiHash, settings: { _: 'codeSettings' } }, how))
      if (sent._ === 'auth.sentCodeSuccess') return await finish(accounts, account, sent.authorization)
      if (sent._ !== 'auth.sentCode') throw new Problem('telegram_refused', { telegram_error: sent._, detail: 'Telegram asks for more than this can give' })
      const timer = setTimeout(() => void cancelLogin(accounts, name), Limits.loginMs)
      accounts.logins.set(name, { account, phone, codeHash: sent.phoneCodeHash, step: 'code', timer })
      const length = 'length' in sent.type ? sent.type.length ?? null : null
      return { state: 'code_sent', code_via: via(sent.type), code_length: length, timeout_s: sent.timeout ?? null }
    } catch (error) {
      await account.close()
      throw error
    }
  })
}

export async function loginCode(accounts: Accounts, name: string, code: string): Promise<object> {
  return accounts.changing(name, async () => {
    const login = expect(accounts, name, 'code')
    try {
      const auth = await told(login.account.caller.call({ _: 'auth.signIn', phoneNumber: login.phone, phoneCodeHash: login.codeHash, phoneCode: code }, how))
      return await finish(accounts, login.account, auth)
    } catch (error) {
      if (wordOf(error) !== 'SESSION_PASSWORD_NEEDED') throw error
      login.step = 'password'
      const password = await login.account.caller.call({ _: 'account.getPassword' }, how)
      return { state: 'password_needed', password_hint: password.hint ?? null }
    }
  })
}

export async function loginPassword(accounts: Accounts, name: string, text: string): Promise<object> {
  return accounts.changing(name, async () => {
    const { account } = expect(accounts, name, 'password')
    const request = await account.caller.call({ _: 'account.getPassword' }, how)
    const password = await computeSrpParams(accounts.app.crypto, request, text)
    return finish(accounts, account, await told(account.caller.call({ _: 'auth.checkPassword', password }, how)))
  })
}

export async function cancelLogin(accounts: Accounts, name: string): Promise<void> {
  const login = accounts.logins.get(name)
  if (login === undefined) return
  accounts.logins.delete(name)
  clearTimeout(login.timer)
  await login.account.close()
}

/** The session goes over to an account of its own, with its key pinned from the first call on. */
async function finish(accounts: Accounts, account: Account, auth: tl.auth.TypeAuthorization): Promise<object> {
  if (auth._ !== 'auth.authorization') throw new Problem('phone_invalid', { detail: 'this phone has no Telegram account' })
  // The library stores its data centre only when it moved; otherwise it is still where it began.
  const home = homeOption(account.state) ?? account.client._defaultDcs.main
  const state = new AccountState(account.name)
  setHome(state, home.id, home.ipAddress, home.port)
  state.keys.set(home.id, account.state.keys.get(home.id)!)
  await cancelLogin(accounts, account.name)
  await account.close()
  return { state: 'ready', account: (await accounts.admit(state, 'login')).view() }
}

function expect(accounts: Accounts, name: string, step: Login['step']): Login {
  const login = accounts.logins.get(name)
  if (login === undefined) throw new Problem('login_not_started')
  if (login.step !== step) throw new Problem('login_step', { detail: `the ${login.step} is expected` })
  return login
}

async function told<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    const code = words.find(([pattern]) => pattern.test(wordOf(error)))?.[1]
    if (code === undefined) throw error
    throw new Problem(code, (error as Problem).details)
  }
}

function via(type: tl.auth.TypeSentCodeType): string {
  switch (type._) {
    case 'auth.sentCodeTypeApp': return 'app'
    case 'auth.sentCodeTypeSms': case 'auth.sentCodeTypeFirebaseSms': case 'auth.sentCodeTypeSmsWord': case 'auth.sentCodeTypeSmsPhrase': return 'sms'
    case 'auth.sentCodeTypeCall': return 'call'
    case 'auth.sentCodeTypeFlashCall': return 'flash_call'
    case 'auth.sentCodeTypeMissedCall': return 'missed_call'
    case 'auth.sentCodeTypeEmailCode': return 'email'
    case 'auth.sentCodeTypeFragmentSms': return 'fragment'
    default: return 'other'
  }
}
