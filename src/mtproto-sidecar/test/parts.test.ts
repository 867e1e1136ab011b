import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { parseRange, pieces } from '../src/http/range.ts'
import { Limits } from '../src/limits.ts'
import { Problem } from '../src/problem.ts'
import { cut, partBytes, Progress, readParts } from '../src/steps/parts.ts'

const part = Limits.partBytes
const codeOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return (error as Problem).code
  }
  return 'none'
}

test('a file is cut into equal parts and a last one', () => {
  for (const [size, total, last] of [[1, 1, 1], [part, 1, part], [part + 1, 2, 1], [10 * part - 1, 10, part - 1], [4000 * part, 4000, part]] as const) {
    const file = cut(size)
    assert.equal(file.total, total)
    assert.equal(partBytes(file, total - 1), last)
    if (total > 1) assert.equal(partBytes(file, 0), part)
  }
  assert.equal(cut(10 * 1024 * 1024).big, false)
  assert.equal(cut(10 * 1024 * 1024 + 1).big, true)
  assert.equal(codeOf(() => cut(0)), 'invalid_request')
  assert.equal(codeOf(() => cut(4000 * part + 1)), 'invalid_request')
})

async function* chunked(bytes: Buffer, sizes: () => number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const size = sizes()
    yield bytes.subarray(at, at + size)
    at += size
  }
}

test('parts are the same however the body is chunked', async () => {
  const bytes = randomBytes(3 * part + 1234)
  const file = cut(bytes.length)
  for (const sizes of [() => bytes.length, () => part, () => part - 1, () => part + 1, () => 1 + Math.floor(Math.random() * 200_000)]) {
    for (const first of [0, 2]) {
      const got: Buffer[] = []
      let next = first
      for await (const one of readParts(chunked(bytes.subarray(first * part), sizes), file, first, async () => Buffer.alloc(part))) {
        assert.equal(one.part, next++)
        got.push(one.buffer.subarray(0, one.length))
      }
      assert.equal(next, 4)
      assert.ok(Buffer.concat(got).equals(bytes.subarray(first * part)))
    }
  }
})

test('a body may end after a whole part only, and not go on after the last', async () => {
  const file = cut(2 * part + 10)
  const read = async (length: number) => {
    let parts = 0
    for await (const _ of readParts(chunked(Buffer.alloc(length), () => 100_000), file, 0, async () => Buffer.alloc(part))) parts++
    return parts
  }
  assert.equal(await read(part), 1)
  assert.equal(await read(2 * part + 10), 3)
  await assert.rejects(read(part + 1), Problem)
  await assert.rejects(read(2 * part + 11), Problem)
})

test('progress is the first part not known to be stored', () => {
  const progress = new Progress(5)
  progress.stored(7)
  progress.stored(6)
  assert.equal(progress.next, 5)
  progress.stored(5)
  assert.equal(progress.next, 8)
})

test('ranges', () => {
  assert.deepEqual(parseRange('bytes=0-99', 1000), { from: 0, to: 100 })
  assert.deepEqual(parseRange('bytes=900-', 1000), { from: 900, to: 1000 })
  assert.deepEqual(parseRange('bytes=-100', 1000), { from: 900, to: 1000 })
  assert.deepEqual(parseRange('bytes=-5000', 1000), { from: 0, to: 1000 })
  assert.deepEqual(parseRange('bytes=500-5000', 1000), { from: 500, to: 1000 })
  for (const whole of [undefined, '', 'bytes=', 'bytes=-', 'bytes=5-4', 'bytes=0-1,3-4', 'items=0-1']) assert.equal(parseRange(whole, 1000), null, whole)
  assert.equal(codeOf(() => parseRange('bytes=1000-', 1000)), 'range_not_satisfiable')
  assert.equal(codeOf(() => parseRange('bytes=-0', 1000)), 'range_not_satisfiable')
  assert.equal(codeOf(() => parseRange('bytes=0-0', 0)), 'range_not_satisfiable')
})

test('pieces are aligned and cover the span, each byte once', () => {
  for (let i = 0; i < 2000; i++) {
    const from = Math.floor(Math.random() * 500)
    const to = from + 1 + Math.floor(Math.random() * 500)
    let at = from
    for (const { offset, skip, take } of pieces({ from, to }, 64)) {
      assert.equal(offset % 64, 0)
      assert.ok(take > 0 && skip + take <= 64)
      assert.equal(offset + skip, at, `${from}-${to}`)
      at += take
    }
    assert.equal(at, to)
  }
})
