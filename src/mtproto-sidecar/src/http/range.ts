import { Problem } from '../problem.ts'

/** Bytes `from` up to and not including `to`. */
export interface Span {
  from: number
  to: number
}

/** One range of RFC 9110 §14.2: `a-b`, `a-`, `-n`. Null when there is none (or several, or another unit): the whole file then. */
export function parseRange(header: string | undefined, size: number): Span | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec((header ?? '').replaceAll(' ', ''))
  if (match === null || (match[1] === '' && match[2] === '')) return null
  const [first, last] = [match[1]!, match[2]!]
  if (first === '') {
    const length = Number(last)
    if (length === 0 || size === 0) throw unsatisfiable(size)
    return { from: Math.max(0, size - length), to: size }
  }
  const from = Number(first)
  if (last !== '' && Number(last) < from) return null
  if (from >= size) throw unsatisfiable(size)
  return { from, to: last === '' ? size : Math.min(size, Number(last) + 1) }
}

function unsatisfiable(size: number): Problem {
  return new Problem('range_not_satisfiable', { detail: `the file has ${size} bytes` })
}

/** The aligned pieces that cover a span: where each begins in the file, and which of its bytes are wanted. */
export function* pieces(span: Span, pieceBytes: number): Generator<{ offset: number; skip: number; take: number }> {
  for (let offset = span.from - (span.from % pieceBytes); offset < span.to; offset += pieceBytes) {
    const skip = Math.max(0, span.from - offset)
    yield { offset, skip, take: Math.min(pieceBytes, span.to - offset) - skip }
  }
}
