/**
 * One JSON object a line on stderr. Callers pass names, numbers and Telegram's error words; never a body, a session, a key, a phone, a
 * code or a password. Messages of foreign errors are not logged either: they may quote what they failed on.
 */
export type Level = 'debug' | 'info' | 'warn' | 'error'
const rank: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 }
let least: Level = 'info'

export function setLogLevel(level: Level): void {
  least = level
}

export function log(level: Level, message: string, fields: Record<string, string | number | boolean | undefined> = {}): void {
  if (rank[level] < rank[least]) return
  process.stderr.write(JSON.stringify({ ts: new Date().toISOString(), level, msg: message, ...fields }) + '\n')
}

/**
 * What may be said of a line of the library: its words up to the first value. It writes whole messages, keys and packets into its lines, after
 * prefixes in brackets.
 */
export function leadingWords(text: string): string {
  return /^[A-Za-z_ ,'-]{0,100}/.exec(text.replace(/^(\[[^\]]*\] ?)+/, ''))![0].trim()
}

/** What may be said of an error: its class, and the place it came from without the text that may hold data. */
export function errorFields(error: unknown): { error: string; at?: string } {
  if (!(error instanceof Error)) return { error: typeof error }
  const at = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at '))?.trim()
  return at === undefined ? { error: error.name } : { error: error.name, at }
}
