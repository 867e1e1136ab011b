import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Limits } from '../limits.ts'
import { errorFields, log } from '../log.ts'
import { Metrics } from '../metrics.ts'
import { Problem } from '../problem.ts'
import { authorized } from './auth.ts'
import type { Answer, Router } from './router.ts'

export interface Serving {
  router: Router
  /** Null on a Unix socket, whose mode is the guard. */
  secret: string | null
  /** No new step is begun. */
  stopping: () => boolean
}

export function newServer(serving: Serving): Server {
  const bounds = { headersTimeout: Limits.headersMs, requestTimeout: 0, keepAliveTimeout: Limits.keepAliveMs }
  const server = createServer(bounds, (req, res) => void exchange(serving, req, res))
  server.maxConnections = Limits.connectionsMax
  return server
}

/**
 * One request:
 * 1. the secret, 2. the route, 3. the step, 4. its answer or its problem, 5. the metric.
 */
async function exchange(serving: Serving, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const begin = performance.now()
  const url = req.url ?? '/'
  const at = url.indexOf('?')
  const path = at < 0 ? url : url.slice(0, at)
  const gone = new AbortController()
  res.once('close', () => gone.abort())
  res.on('error', () => {})
  // A connection kept alive would hold up the stop.
  res.once('finish', () => {
    if (serving.stopping()) req.socket.end()
  })
  let route = 'none'
  try {
    if (path !== '/health' && !authorized(req.headers.authorization, serving.secret)) {
      throw new Problem('unauthorized', { detail: 'Authorization: Bearer <secret>' })
    }
    const found = serving.router.find(req.method ?? 'GET', path)
    route = found.route
    if (serving.stopping() && path.startsWith('/v1/')) throw new Problem('stopping', { retry_after_ms: Limits.queueRetryMs })
    answer(res, await found.step({ req, res, path: found.path, query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)), signal: gone.signal }))
  } catch (error) {
    await refuse(req, res, asProblem(error, route))
  }
  const ms = performance.now() - begin
  Metrics.requests.observe({ route, status: `${res.statusCode}` }, ms / 1000)
  log('debug', 'request', { route, status: res.statusCode, ms: Math.round(ms) })
}

function answer(res: ServerResponse, answered: Answer): void {
  if (answered === undefined || res.headersSent) return
  const { status, body, type } = answered
  if (body === undefined) return void res.writeHead(status).end()
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  res.writeHead(status, { 'content-type': type ?? 'application/json', 'content-length': bytes.length }).end(bytes)
}

function asProblem(error: unknown, route: string): Problem {
  if (error instanceof Problem) return error
  log('error', 'step failed', { route, ...errorFields(error) })
  return new Problem('internal')
}

async function refuse(req: IncomingMessage, res: ServerResponse, problem: Problem): Promise<void> {
  // A download that broke off: its headers are out, so the connection is all that can say it.
  if (res.headersSent) return void res.destroy()
  await drain(req)
  if (res.destroyed) return
  const wait = problem.details.retry_after_ms
  if (wait !== undefined) res.setHeader('retry-after', Math.ceil(wait / 1000))
  if (!req.complete) res.setHeader('connection', 'close')
  answer(res, { status: problem.status, body: problem, type: 'application/problem+json' })
}

/** Reads what is left of a refused body, within bounds: clients listen when they have written, and closing on them resets the answer away. */
function drain(req: IncomingMessage): Promise<void> {
  if (req.complete || req.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    let left: number = Limits.drainBytes
    const stop = () => {
      clearTimeout(timer)
      req.pause()
      resolve()
    }
    const timer = setTimeout(stop, Limits.drainMs)
    req.on('data', (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) stop()
    })
    for (const event of ['end', 'close', 'error']) req.once(event, stop)
    req.resume()
  })
}
