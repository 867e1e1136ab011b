import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate, Waiting } from '../src/gate.ts'
import { Limits, Paces } from '../src/limits.ts'
import { Problem } from '../src/problem.ts'
import { neverTwice } from '../src/telegram/once.ts'
import { Floods } from '../src/telegram/floods.ts'
import { Pacing } from '../src/telegram/pacing.ts'

test('a burst goes at once, then the rate holds, then the job is told when', () => {
  let now = 1000
  const pacing = new Pacing(() => now)
  const { burst, perSecond } = Paces.manage
  for (let i = 0; i < burst; i++) assert.deepEqual(pacing.reserve('manage'), { wait: 0 })
  const interval = 1000 / perSecond
  for (let i = 1; i * interval <= Limits.paceWaitMs; i++) assert.deepEqual(pacing.reserve('manage'), { wait: i * interval })
  assert.deepEqual(pacing.reserve('manage'), { later: Limits.paceWaitMs + interval })
  // A refused turn was not taken, and other families are free.
  assert.deepEqual(pacing.reserve('manage'), { later: Limits.paceWaitMs + interval })
  assert.deepEqual(pacing.reserve('read'), { wait: 0 })
  now += Limits.paceWaitMs + interval
  assert.deepEqual(pacing.reserve('manage'), { wait: 0 })
  now += 1e9
  for (let i = 0; i < burst; i++) assert.deepEqual(pacing.reserve('manage'), { wait: 0 })
  assert.notDeepEqual(pacing.reserve('manage'), { wait: 0 })
})

test('over a long time no more than burst + rate go through', () => {
  let now = 0
  const pacing = new Pacing(() => now)
  let granted = 0
  for (; now < 100_000; now += 37) {
    const turn = pacing.reserve('send')
    if ('wait' in turn) granted++
  }
  const most = Paces.send.burst + Paces.send.perSecond * (100 + Limits.paceWaitMs / 1000) + 1
  assert.ok(granted <= most && granted > most - 8, `${granted} of ${most}`)
})

test('a flood wait holds one method in one chat, until it is over', () => {
  let now = 0
  const floods = new Floods(() => now)
  floods.remember('messages.sendMessage', '-1001', 5000)
  assert.equal(floods.left('messages.sendMessage', '-1001'), 5000)
  assert.equal(floods.left('messages.sendMessage', '-1002'), 0)
  assert.equal(floods.left('channels.editAdmin', '-1001'), 0)
  now = 5000
  assert.equal(floods.left('messages.sendMessage', '-1001'), 0)
  for (let i = 0; i <= Limits.floodsPerAccount; i++) floods.remember('m', `${i}`, 1000)
  assert.equal(floods.left('m', '0'), 0)
  assert.equal(floods.left('m', '1'), 1000)
})

test('a gate lets in so many, lines up so many, in order, and refuses the rest', async () => {
  const gate = new Gate(2, 2, new Waiting(10))
  const opened: (() => void)[] = []
  const order: number[] = []
  const never = new AbortController().signal
  const work = (n: number) => gate.run(() => new Promise<void>((resolve) => {
    order.push(n)
    opened.push(resolve)
  }), never)
  const running = [work(1), work(2), work(3), work(4)]
  await assert.rejects(work(5), (error) => error instanceof Problem && error.code === 'queue_full')
  assert.deepEqual([gate.running, gate.waiting, gate.all.count], [2, 2, 2])
  for (let i = 0; i < 4; i++) {
    while (opened.length <= i) await new Promise(setImmediate)
    opened[i]!()
  }
  await Promise.all(running)
  assert.deepEqual(order, [1, 2, 3, 4])
  assert.deepEqual([gate.running, gate.waiting, gate.all.count], [0, 0, 0])
})

test('who leaves the line frees his place', async () => {
  const gate = new Gate(1, 1, new Waiting(1))
  let open = () => {}
  const first = gate.run(() => new Promise<void>((resolve) => (open = resolve)), new AbortController().signal)
  const leaving = new AbortController()
  const second = gate.run(async () => assert.fail('he left'), leaving.signal)
  leaving.abort()
  await assert.rejects(second, Problem)
  const third = gate.run(async () => 3, new AbortController().signal)
  open()
  await first
  assert.equal(await third, 3)
  assert.equal(gate.all.count, 0)
})

test('what the library would send twice is in doubt instead, unless it was refused for its envelope', () => {
  const rpc = (method: string) => ({ _: 'rpc', rpc: { method } })
  const pendingMessages = new Map([[1, rpc('messages.sendMessage')], [2, rpc('channels.createChannel')], [3, rpc('channels.createChannel')]])
  const again: [number, string][] = []
  const connection = { _session: { pendingMessages }, _onMessageFailed: (id: number, reason: string) => again.push([id, reason]) }
  const doubts: string[] = []
  neverTwice(connection as never, (method) => method === 'channels.createChannel', (method) => doubts.push(method))
  connection._onMessageFailed(1, 'new_session_created')
  connection._onMessageFailed(2, 'response not received')
  connection._onMessageFailed(2, 'bad_server_salt')
  connection._onMessageFailed(3, 'message info state 1')
  connection._onMessageFailed(4, 'x')
  assert.deepEqual(again, [[1, 'new_session_created'], [2, 'bad_server_salt'], [4, 'x']])
  assert.equal(doubts.length, 2)
  assert.throws(() => neverTwice({} as never, () => true, () => {}), TypeError)
})
