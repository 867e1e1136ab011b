import { invalid } from '../problem.ts'

/** Reads one member of a JSON body, or throws a Problem that names it. */
export type Reader<T> = (value: unknown, field: string) => T
type Read<S extends Record<string, Reader<unknown>>> = { [K in keyof S]: ReturnType<S[K]> }

/** Characters are counted as Telegram counts them: UTF-16 units. */
export const text = (min: number, max: number): Reader<string> => (value, field) => {
  if (typeof value !== 'string' || value.length < min || value.length > max) throw invalid(field, `text of ${min} to ${max} characters`)
  return value
}

export const integer = (min: number, max: number): Reader<number> => (value, field) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) throw invalid(field, `a whole number from ${min} to ${max}`)
  return value
}

export const number = (min: number, max: number): Reader<number> => (value, field) => {
  if (typeof value !== 'number' || !(value >= min && value <= max)) throw invalid(field, `a number from ${min} to ${max}`)
  return value
}

export const flag: Reader<boolean> = (value, field) => {
  if (typeof value !== 'boolean') throw invalid(field, 'true or false')
  return value
}

export const oneOf = <T extends string | number>(...allowed: readonly T[]): Reader<T> => (value, field) => {
  if (!allowed.includes(value as T)) throw invalid(field, `one of ${allowed.join(', ')}`)
  return value as T
}

/** A signed 64-bit integer in decimal; JSON numbers lose it. */
export const long: Reader<string> = (value, field) => {
  const digits = typeof value === 'string' && /^-?\d{1,19}$/.test(value)
  if (!digits || BigInt.asIntN(64, BigInt(value)) !== BigInt(value)) throw invalid(field, 'a 64-bit integer in decimal, as text')
  return value
}

export const list = <T>(read: Reader<T>, max: number): Reader<T[]> => (value, field) => {
  if (!Array.isArray(value) || value.length > max) throw invalid(field, `a list of at most ${max}`)
  return value.map((one, i) => read(one, `${field}[${i}]`))
}

export const optional = <T>(read: Reader<T>): Reader<T | undefined> => (value, field) => (value === undefined ? undefined : read(value, field))
export const nullable = <T>(read: Reader<T>): Reader<T | null> => (value, field) => (value === null ? null : read(value, field))

/** An object with these members and no others: a misspelt member is an error, not a silence. */
export const object = <S extends Record<string, Reader<unknown>>>(shape: S): Reader<Read<S>> => (value, field) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field, 'a JSON object')
  const prefix = field === 'body' ? '' : `${field}.`
  for (const name of Object.keys(value)) if (!Object.hasOwn(shape, name)) throw invalid(prefix + name, 'this member is not known')
  const members = value as Record<string, unknown>
  return Object.fromEntries(Object.entries(shape).map(([name, read]) => [name, read(members[name], prefix + name)])) as Read<S>
}

/** A whole number in a query or a path. */
export function queryInteger(value: string | null, field: string, min: number, max: number, otherwise?: number): number {
  if (value === null && otherwise !== undefined) return otherwise
  return integer(min, max)(value !== null && /^\d{1,15}$/.test(value) ? Number(value) : NaN, field)
}
