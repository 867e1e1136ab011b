import { Limits } from '../limits.ts'

/**
 * Flood waits that Telegram has imposed, by method and chat. A call that would run into one is answered without asking Telegram: asking
 * anyway makes the wait longer. Nothing else of the account, and no other account, is held up.
 */
export class Floods {
  readonly #until = new Map<string, number>()
  constructor(readonly now: () => number = () => performance.now()) {}

  /** Milliseconds still to wait; 0 when the way is free. */
  left(method: string, peer: string): number {
    const key = `${method} ${peer}`
    const until = this.#until.get(key)
    if (until === undefined) return 0
    const left = Math.ceil(until - this.now())
    if (left > 0) return left
    this.#until.delete(key)
    return 0
  }

  remember(method: string, peer: string, waitMs: number): void {
    const key = `${method} ${peer}`
    this.#until.delete(key)
    this.#until.set(key, this.now() + waitMs)
    // Full: the oldest goes. At worst Telegram is asked once too often and says it again.
    if (this.#until.size > Limits.floodsPerAccount) this.#until.delete(this.#until.keys().next().value!)
  }
}
