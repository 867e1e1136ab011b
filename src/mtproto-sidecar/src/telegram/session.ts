import { isIPv4, isIPv6 } from 'node:net'

/**
 * Telethon's StringSession, version 1:
 *
 *   '1' | url-safe base64, padded or not, of
 *   dc u8 | IPv4 4 or IPv6 16 | port u16 big-endian | key 256
 *
 * (github.com/LonamiWebs/Telethon, telethon/sessions/string.py.) It is as good as the user's password: no message here quotes it.
 */
export interface Session {
  dc: number
  address: string
  port: number
  key: Buffer
}

export type SessionReason = 'empty' | 'version' | 'alphabet' | 'length' | 'dc' | 'address' | 'port' | 'key'

export class SessionError extends Error {
  constructor(readonly reason: SessionReason, message: string) {
    super(message)
  }
}

const version = '1'
const keyBytes = 256
const bytesV4 = 1 + 4 + 2 + keyBytes
const bytesV6 = 1 + 16 + 2 + keyBytes
/** Telegram's data centres are numbered from 1; there are five. */
const dcMax = 5

/** Strict: anything but a well-formed session throws SessionError with what is wrong. */
export function parseSession(text: string): Session {
  if (text.length === 0) throw new SessionError('empty', 'the session is empty')
  if (!text.startsWith(version)) throw new SessionError('version', 'the session does not begin with 1: it is not a Telethon StringSession of version 1')
  const encoded = text.slice(1)
  const bare = encoded.replace(/={1,2}$/, '')
  if (!/^[A-Za-z0-9_-]*$/.test(bare)) throw new SessionError('alphabet', 'the session holds a character that url-safe base64 does not have')
  const bytes = Buffer.from(bare, 'base64url')
  if (bytes.length !== bytesV4 && bytes.length !== bytesV6) throw new SessionError('length', lengthMessage(bytes.length))
  // Padding is all or nothing, and the last digit has no bits to spare: only one text stands for one session.
  if ((bare.length !== encoded.length && encoded.length % 4 !== 0) || bytes.toString('base64url') !== bare) {
    throw new SessionError('alphabet', 'the session is not well-formed base64')
  }
  const addressBytes = bytes.length - (bytesV4 - 4)
  const dc = bytes[0]!
  if (dc < 1 || dc > dcMax) throw new SessionError('dc', `the session names data centre ${dc}; there are 1 to ${dcMax}`)
  const port = bytes.readUInt16BE(1 + addressBytes)
  if (port === 0) throw new SessionError('port', 'the session names port 0')
  const key = Buffer.from(bytes.subarray(bytes.length - keyBytes))
  if (key.every((byte) => byte === 0)) throw new SessionError('key', 'the key of the session is all zeros: it was never logged in')
  return { dc, address: formatAddress(bytes.subarray(1, 1 + addressBytes)), port, key }
}

export function formatSession({ dc, address, port, key }: Session): string {
  if (key.length !== keyBytes) throw new RangeError('the key has 256 bytes')
  const portBytes = Buffer.alloc(2)
  portBytes.writeUInt16BE(port)
  // Telethon's own strings are padded.
  return version + Buffer.concat([Buffer.from([dc]), parseAddress(address), portBytes, key]).toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

function lengthMessage(actual: number): string {
  const why = actual < bytesV4 ? 'it was cut off, or the key is too short' : 'something was appended, or the key has a wrong length'
  return `the session holds ${actual} bytes; ${bytesV4} (IPv4) or ${bytesV6} (IPv6) are needed: ${why}`
}

function formatAddress(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push(bytes.readUInt16BE(i).toString(16))
  return groups.join(':')
}

function parseAddress(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  if (!isIPv6(address)) throw new RangeError('not an IP address')
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const out = Buffer.alloc(16)
  ;[...before, ...zeros, ...after].forEach((group, i) => out.writeUInt16BE(parseInt(group, 16), i * 2))
  return out
}
