import { Limits, Paces, type Family } from '../limits.ts'
import { Problem } from '../problem.ts'

/**
 * A token bucket per method family. `reserve` takes a turn and says how long to wait for it, or takes none and says that the wait would be
 * too long. Times in milliseconds of a monotonic clock.
 */
export class Pacing {
  readonly #next = new Map<Family, number>()
  constructor(readonly now: () => number = () => performance.now()) {}

  /** The wait before the turn, or, as `later`, how much later to ask again. */
  reserve(family: Family): { wait: number } | { later: number } {
    const { burst, perSecond } = Paces[family]
    const interval = 1000 / perSecond
    const now = this.now()
    // GCRA: `next` is when the bucket would be full again; a call moves it by one interval and may run ahead by the burst.
    const next = Math.max(this.#next.get(family) ?? 0, now)
    const wait = Math.max(0, next - now - (burst - 1) * interval)
    if (wait > Limits.paceWaitMs) return { later: Math.ceil(wait) }
    this.#next.set(family, next + interval)
    return { wait: Math.ceil(wait) }
  }

  async turn(family: Family): Promise<void> {
    const turn = this.reserve(family)
    if ('later' in turn) throw new Problem('paced', { retry_after_ms: turn.later })
    if (turn.wait > 0) await new Promise((resolve) => setTimeout(resolve, turn.wait))
  }
}
