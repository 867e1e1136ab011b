import { Limits } from '../limits.ts'
import { invalid, Problem } from '../problem.ts'

/** How a file of this size is cut: all parts alike, the last one shorter. */
export interface Cut {
  size: number
  total: number
  /** Telegram takes files up to 10 MiB by one method and larger ones by another. */
  big: boolean
}

export function cut(size: number): Cut {
  const total = Math.ceil(size / Limits.partBytes)
  if (size < 1 || total > Limits.partsMax) throw invalid('size', `1 to ${Limits.partsMax * Limits.partBytes} bytes`)
  return { size, total, big: size > Limits.smallFileBytesMax }
}

export function partBytes({ size, total }: Cut, part: number): number {
  return part === total - 1 ? size - (total - 1) * Limits.partBytes : Limits.partBytes
}

export interface Part {
  part: number
  buffer: Buffer
  length: number
}

/**
 * Cuts a stream into parts from `first` on. Each part is a buffer of its own from `take`; who gets it gives it back. The stream may end after
 * any whole part; in the middle of one, or with bytes after the last, it is refused.
 */
export async function* readParts(stream: AsyncIterable<Buffer>, file: Cut, first: number, take: () => Promise<Buffer>): AsyncGenerator<Part> {
  let part = first
  let buffer: Buffer | null = null
  let filled = 0
  for await (let chunk of stream) {
    while (chunk.length > 0) {
      if (part >= file.total) throw invalid('size', 'the body is longer than the file')
      buffer ??= await take()
      const length = partBytes(file, part)
      const copied = chunk.copy(buffer, filled, 0, length - filled)
      filled += copied
      chunk = chunk.subarray(copied)
      if (filled < length) continue
      yield { part, buffer, length }
      part++
      buffer = null
      filled = 0
    }
  }
  if (filled > 0) throw new Problem('invalid_request', { detail: `the body ends in the middle of part ${part}` })
}

/** Which parts are stored: `next` is the first that is not known to be. */
export class Progress {
  readonly #ahead = new Set<number>()
  constructor(public next: number) {}

  stored(part: number): void {
    this.#ahead.add(part)
    while (this.#ahead.delete(this.next)) this.next++
  }
}
