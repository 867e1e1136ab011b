import { Limits } from './limits.ts'
import { Problem } from './problem.ts'

/** How many wait over all gates, so that many accounts together stay bounded too. */
export class Waiting {
  count = 0
  constructor(readonly max: number) {}
}

/** So many at once, so many in line, and everybody else is told to come back. */
export class Gate {
  running = 0
  readonly #queue: { enter: () => void; leave: (error: Error) => void }[] = []

  constructor(readonly runningMax: number, readonly waitingMax: number, readonly all: Waiting) {}

  get waiting(): number {
    return this.#queue.length
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.running >= this.runningMax) await this.#wait(signal)
    else this.running++
    try {
      return await work()
    } finally {
      // The place passes on to the next in line, so nobody can slip in between.
      const next = this.#queue.shift()
      if (next === undefined) this.running--
      else next.enter()
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.length >= this.waitingMax || this.all.count >= this.all.max) throw new Problem('queue_full', { retry_after_ms: Limits.queueRetryMs })
    this.all.count++
    return new Promise<void>((resolve, reject) => {
      const waiter = { enter: resolve, leave: reject }
      this.#queue.push(waiter)
      signal.addEventListener('abort', () => {
        const at = this.#queue.indexOf(waiter)
        if (at < 0) return
        this.#queue.splice(at, 1)
        reject(new Problem('queue_full', { detail: 'the caller went away' }))
      }, { once: true })
    }).finally(() => this.all.count--)
  }
}
