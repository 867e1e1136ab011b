import assert from 'node:assert/strict'
import { Agent, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import contract from '../openapi.json'
import { authorized } from '../src/http/auth.ts'
import { flag, integer, long, object, optional, text } from '../src/http/fields.ts'
import { readJson, Router } from '../src/http/router.ts'
import { newServer } from '../src/http/server.ts'
import { leadingWords } from '../src/log.ts'
import { Problem } from '../src/problem.ts'
import { readOptions } from '../src/options.ts'
import { routes } from '../src/routes.ts'

const secret = 's'.repeat(32)

test('the secret is needed, whole and nothing else', () => {
  assert.ok(authorized(`Bearer ${secret}`, secret))
  assert.ok(authorized(`bearer ${secret}`, secret))
  assert.ok(authorized(undefined, null))
  const wrong = [undefined, '', secret, `Basic ${secret}`, `Bearer ${secret}x`, `Bearer ${secret.slice(1)}`, 'Bearer', `Bearer ${secret} x`]
  for (const header of wrong) assert.ok(!authorized(header, secret), header)
})

test('a body has the members of the contract and no others', () => {
  const read = (value: unknown) => object({ title: text(1, 5), forum: optional(flag), size: optional(integer(0, 9)), id: optional(long) })(value, 'body')
  const least = '-9223372036854775808'
  assert.deepEqual(read({ title: 'Tея🎉', id: least }), { title: 'Tея🎉', forum: undefined, size: undefined, id: least })
  for (const [value, field] of [
    [{}, 'title'], [{ title: '' }, 'title'], [{ title: 'a', forun: true }, 'forun'], [{ title: 'a', forum: 1 }, 'forum'], [{ title: 'a', size: 1.5 }, 'size'],
    [{ title: 'a', id: 5 }, 'id'], [{ title: 'a', id: '9223372036854775808' }, 'id'], [[], 'body'], [null, 'body'], [{ title: 'a', toString: 1 }, 'toString'],
  ] as const) assert.throws(() => read(value), (error) => error instanceof Problem && error.details.field === field, JSON.stringify(value))
})

async function serve(t: TestContext, stopping = () => false): Promise<Server> {
  const router = new Router()
  router.add('GET', '/health', async () => ({ status: 200, body: { status: 'ok' } }))
  router.add('POST', '/v1/things/{name}', async (x) => ({ status: 201, body: { name: x.path.name, ...(await readJson(x.req, { n: integer(0, 9) })) } }))
  router.add('GET', '/v1/broken', async () => {
    throw new Error('a secret in a message')
  })
  router.add('GET', '/v1/flood', async () => {
    throw new Problem('flood_wait', { retry_after_ms: 1500 })
  })
  const server = newServer({ router, secret, stopping })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return server
}

interface Reply {
  status: number
  headers: NodeJS.Dict<string | string[]>
  body: any
}

function ask(server: Server, method: string, path: string, body?: Buffer | string, bearer: string | null = secret): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = bearer === null ? {} : { authorization: `Bearer ${bearer}` }
    const req = request({ port: (server.address() as AddressInfo).port, method, path, headers }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        const raw = Buffer.concat(chunks).toString()
        resolve({ status: res.statusCode!, headers: res.headers, body: raw === '' ? null : JSON.parse(raw) })
      })
    })
    req.on('error', reject)
    req.end(body)
  })
}

test('problems over the wire', async (t) => {
  const server = await serve(t)
  const post = (body: Buffer | string, bearer: string | null = secret) => ask(server, 'POST', '/v1/things/a%20b', body, bearer)
  assert.deepEqual((await post('{"n":3}')).body, { name: 'a b', n: 3 })
  const unauthorized = await post('{"n":3}', null)
  assert.deepEqual([unauthorized.status, unauthorized.body.code, unauthorized.body.outcome], [401, 'unauthorized', 'refused'])
  assert.equal(unauthorized.headers['content-type'], 'application/problem+json')
  assert.equal((await ask(server, 'GET', '/health', undefined, null)).status, 200)
  assert.equal((await ask(server, 'GET', '/nothing')).body.code, 'not_found')
  assert.equal((await ask(server, 'DELETE', '/health')).body.code, 'method_not_allowed')
  assert.equal((await post('{"n":')).body.code, 'invalid_request')
  assert.equal((await post('{"n":99}')).body.field, 'n')
  // The client still writes when it is refused, and hears it all the same.
  assert.equal((await post(Buffer.alloc(20 * 1024 * 1024, 32))).body.code, 'body_too_large')
  const broken = await ask(server, 'GET', '/v1/broken')
  assert.deepEqual([broken.status, broken.body.code, broken.body.outcome], [500, 'internal', 'unknown'])
  assert.ok(!JSON.stringify(broken.body).includes('secret'))
  const flood = await ask(server, 'GET', '/v1/flood')
  assert.deepEqual([flood.status, flood.headers['retry-after'], flood.body.retry_after_ms], [429, '2', 1500])
})

test('when it stops no step begins, and health says so', async (t) => {
  const server = await serve(t, () => true)
  assert.equal((await ask(server, 'GET', '/v1/flood')).body.code, 'stopping')
})

test('every operation of the contract has a route, and every route is in the contract', () => {
  const added: string[] = []
  const add = Router.prototype.add
  Router.prototype.add = function (method, template) {
    added.push(`${method.toLowerCase()} ${template}`)
  }
  try {
    routes({ folder: { damaged: [] }, waiting: { count: 0 } } as never, () => false)
  } finally {
    Router.prototype.add = add
  }
  const methods = (item: object) => Object.keys(item).filter((key) => key !== 'parameters')
  const described = Object.entries(contract.paths).flatMap(([path, item]) => methods(item).map((method) => `${method} ${path}`))
  assert.deepEqual(added.sort(), described.sort())
})

test('problem codes are those of the contract, with its statuses', () => {
  const { properties, description } = contract.components.schemas.Problem
  for (const group of description.replace(/^Status by code: /, '').split('. ')[0]!.split(' · ')) {
    const [status, ...codes] = group.split(' ')
    for (const code of codes) assert.equal(new Problem(code as never).status, Number(status), code)
  }
  for (const code of properties.code.enum) assert.ok(new Problem(code as never).status >= 400, code)
})

test('options: everything wrong at once, and no value of a secret', () => {
  const read = readOptions(['--listen', 'http://0.0.0.0:80'], { MTPROTO_KEY: 'topsecretvalue', MTPROTO_API_HASH: 'hashvalue' })
  assert.ok('errors' in read)
  assert.equal(read.errors.length, 5)
  assert.ok(!/topsecret|hashvalue/.test(read.errors.join()))
  const env = { MTPROTO_KEY: 'ab'.repeat(32), MTPROTO_API_ID: '1', MTPROTO_API_HASH: 'ab'.repeat(16) }
  const http = readOptions(['--listen', 'http://127.0.0.1:80', '--state', 's'], env)
  assert.ok('errors' in http && /needed on http/.test(http.errors.join()))
  const unix = readOptions(['--listen', 'unix:/tmp/x', '--state', 's', '--test-dc', '2=127.0.0.1:5', '--test-dc', '3=127.0.0.1:6'], env)
  assert.ok('options' in unix)
  assert.deepEqual(unix.options.listen, { path: '/tmp/x' })
  assert.deepEqual(unix.options.testDcs.get(3), { host: '127.0.0.1', port: 6 })
})

test('a body that is refused at its beginning is heard of at its end, and the connection goes on', async (t) => {
  const server = await serve(t)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => agent.destroy())
  const send = (length: number) => new Promise<[number, boolean]>((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, 'content-length': length }
    const { port } = server.address() as AddressInfo
    const req = request({ port, method: 'POST', path: '/v1/things/a', headers, agent }, (res) => {
      res.resume().on('end', () => resolve([res.statusCode!, req.reusedSocket]))
    })
    req.on('error', reject)
    req.end(Buffer.alloc(length, 32))
  })
  assert.deepEqual(await send(30 * 1024 * 1024), [413, false])
  assert.deepEqual(await send(5), [400, true])
})

test('of a line of the library only the words before the first value are logged', () => {
  const line = '[DC 2] [UPLOAD] [UID 1] [DC 2 @ 127.0.0.1:1] received rpc_result for unknown message 771: {"phone":"15550000002"}'
  assert.equal(leadingWords(line), 'received rpc_result for unknown message')
  assert.equal(leadingWords('failed to decrypt message: Error\ndata: 00ff'), 'failed to decrypt message')
  assert.equal(leadingWords('{"session":"1Ap"}'), '')
})

test('examples of problems are what would be said', () => {
  let seen = 0
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { type, code, title, status, outcome, ...details } = node as Record<string, unknown>
    if (typeof code === 'string' && typeof outcome === 'string') {
      const said: unknown = JSON.parse(JSON.stringify(new Problem(code as never, details)))
      assert.deepEqual(said, { type, title, status, code, outcome, ...details })
      seen++
    }
    for (const child of Object.values(node)) walk(child)
  }
  walk(contract.paths)
  walk(contract.components.responses)
  assert.ok(seen > 15)
})
