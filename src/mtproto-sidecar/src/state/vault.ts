import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/**
 * Sealed bytes, as they lie on disk:
 *
 *   'EPMS' | version 1 | nonce 12 | AES-256-GCM ciphertext | tag 16
 *
 * The header and the label (which file it is) are authenticated, so a sealed account cannot be passed off as another. A nonce is random per
 * write; with one key and some writes a minute the 2^32 bound of GCM is thousands of years away.
 */
const magic = Buffer.from('EPMS\x01', 'latin1')
const nonceBytes = 12
const tagBytes = 16

export class Vault {
  readonly #sealKey: Buffer
  readonly #nameKey: Buffer

  constructor(key: Buffer) {
    if (key.length !== 32) throw new RangeError('the key has 32 bytes')
    this.#sealKey = Buffer.from(hkdfSync('sha256', key, '', 'edgeproxy mtproto: seal', 32))
    this.#nameKey = Buffer.from(hkdfSync('sha256', key, '', 'edgeproxy mtproto: file name', 32))
  }

  seal(label: string, plain: Uint8Array): Buffer {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, nonce)
    cipher.setAAD(Buffer.concat([magic, Buffer.from(label)]))
    return Buffer.concat([magic, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  }

  /** Null when it does not open: another key, another label, a flipped or missing byte. */
  open(label: string, sealed: Buffer): Buffer | null {
    const body = magic.length + nonceBytes
    if (sealed.length < body + tagBytes || !sealed.subarray(0, magic.length).equals(magic)) return null
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, sealed.subarray(magic.length, body), { authTagLength: tagBytes })
    decipher.setAAD(Buffer.concat([magic, Buffer.from(label)]))
    decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes))
    try {
      return Buffer.concat([decipher.update(sealed.subarray(body, sealed.length - tagBytes)), decipher.final()])
    } catch {
      return null
    }
  }

  /** Names of accounts are not readable in the folder either. */
  fileName(account: string): string {
    return createHmac('sha256', this.#nameKey).update(account).digest('hex').slice(0, 32)
  }
}

/** 32 bytes written as 64 hex digits or as base64. Null for anything else. */
export function parseKey(text: string): Buffer | null {
  const trimmed = text.trim()
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed)) return null
  const key = Buffer.from(trimmed, 'base64')
  return key.length === 32 ? key : null
}
