import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** Whether the Authorization header carries the secret; the time it takes tells nothing. Without a secret (a Unix socket) everybody may. */
export function authorized(header: string | undefined, secret: string | null): boolean {
  if (secret === null) return true
  const match = /^Bearer +(\S+)$/i.exec(header ?? '')
  return match !== null && timingSafeEqual(digest(match[1]!), digest(secret))
}
