import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Level } from './log.ts'
import { parseKey } from './state/vault.ts'
import type { DcOverrides } from './telegram/transport.ts'

export const usage = `sidecar.cjs --listen unix:/path | http://127.0.0.1:PORT   where EdgeProxy finds it
            --state DIR                                   sealed accounts; one process at a time
            --key-file FILE      (or MTPROTO_KEY)         32 bytes as 64 hex digits or base64
            --api-id N           (or MTPROTO_API_ID)      from my.telegram.org
            --api-hash-file FILE (or MTPROTO_API_HASH)
            --secret-file FILE   (or MTPROTO_SECRET)      bearer secret; needed on http://, at least 24 characters
            --log-level debug | info | warn | error
            --stop-with-stdin                             stop when standard input ends: with the process that started it
  tests only: --test-dc ID=HOST:PORT (repeatable)  --test-rsa-key FILE (PEM)
`

export interface Options {
  listen: { path: string } | { host: string; port: number }
  secret: string | null
  state: string
  key: Buffer
  apiId: number
  apiHash: string
  logLevel: Level
  stopWithStdin: boolean
  testDcs: DcOverrides
  testRsaKey: string | null
}

/** Everything that is wrong, at once. Values of secrets are not among it. */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): { options: Options } | { errors: string[] } {
  const errors: string[] = []
  let values: Record<string, string | string[] | boolean | undefined> = {}
  try {
    const text = { type: 'string' } as const
    values = parseArgs({
      args,
      options: {
        listen: text, state: text, 'key-file': text, 'api-id': text, 'api-hash-file': text, 'secret-file': text, 'log-level': text, 'test-rsa-key': text,
        'test-dc': { type: 'string', multiple: true }, 'stop-with-stdin': { type: 'boolean' },
      },
    }).values
  } catch (error) {
    return { errors: [(error as Error).message] }
  }
  const one = (name: string) => values[name] as string | undefined
  const file = (flag: string, variable: string): string | undefined => {
    const path = one(flag)
    if (path === undefined) return env[variable]
    try {
      return readFileSync(path, 'utf8').trim()
    } catch {
      errors.push(`--${flag}: cannot read ${path}`)
      return undefined
    }
  }
  const keyText = file('key-file', 'MTPROTO_KEY')
  const key = parseKey(keyText ?? '')
  if (key === null) errors.push(keyText === undefined ? '--key-file or MTPROTO_KEY: missing' : '--key-file or MTPROTO_KEY: 32 bytes as 64 hex digits or base64')
  const apiId = Number(one('api-id') ?? env.MTPROTO_API_ID)
  if (!Number.isInteger(apiId) || apiId < 1) errors.push('--api-id or MTPROTO_API_ID: a number')
  const apiHash = file('api-hash-file', 'MTPROTO_API_HASH')
  if (apiHash === undefined || !/^[0-9a-f]{32}$/.test(apiHash)) errors.push('--api-hash-file or MTPROTO_API_HASH: 32 hex digits')
  const secret = file('secret-file', 'MTPROTO_SECRET') ?? null
  if (secret !== null && !/^\S{24,}$/.test(secret)) errors.push('--secret-file or MTPROTO_SECRET: at least 24 characters and no space')
  const listen = readListen(one('listen'))
  if (typeof listen === 'string') errors.push(listen)
  else if ('host' in listen && secret === null) errors.push('--secret-file or MTPROTO_SECRET: needed on http://')
  const state = one('state')
  if (state === undefined) errors.push('--state: missing')
  const logLevel = one('log-level') ?? 'info'
  if (!['debug', 'info', 'warn', 'error'].includes(logLevel)) errors.push('--log-level: debug, info, warn or error')
  const testDcs = new Map<number, { host: string; port: number }>()
  for (const text of (values['test-dc'] as string[] | undefined) ?? []) {
    const match = /^([1-9])=(.+):(\d{1,5})$/.exec(text)
    if (match === null) errors.push('--test-dc: ID=HOST:PORT')
    else testDcs.set(Number(match[1]), { host: match[2]!, port: Number(match[3]) })
  }
  const testRsaKey = one('test-rsa-key') === undefined ? null : file('test-rsa-key', '') ?? null
  if (errors.length > 0) return { errors }
  return {
    options: {
      listen: listen as Options['listen'], secret, state: state!, key: key!, apiId, apiHash: apiHash!, logLevel: logLevel as Level,
      stopWithStdin: values['stop-with-stdin'] === true, testDcs, testRsaKey,
    },
  }
}

function readListen(text: string | undefined): Options['listen'] | string {
  if (text?.startsWith('unix:') === true && text.length > 5) return { path: text.slice(5) }
  const match = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost):(\d{1,5})\/?$/.exec(text ?? '')
  if (match === null) return '--listen: unix:/path, or http://127.0.0.1:PORT (only loopback: the secret goes in the clear)'
  return { host: match[1]!.replace(/[[\]]/g, ''), port: Number(match[2]) }
}
