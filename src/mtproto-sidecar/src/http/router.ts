import type { IncomingMessage, ServerResponse } from 'node:http'
import { Limits } from '../limits.ts'
import { Problem } from '../problem.ts'
import { object, type Reader } from './fields.ts'

/** One request on its way through a step. */
export interface Exchange {
  req: IncomingMessage
  res: ServerResponse
  /** Decoded values of the {names} in the path. */
  path: Record<string, string>
  query: URLSearchParams
  /** Aborted when the client has gone. */
  signal: AbortSignal
}

/** What a step answers: a status and JSON, or `undefined` when it wrote the response itself. */
export type Answer = { status: number; body?: unknown; type?: string } | undefined
export type Step = (exchange: Exchange) => Promise<Answer>

interface Route {
  method: string
  template: string
  pattern: RegExp
  step: Step
}

/** The table of contents of the API: method, path, step. */
export class Router {
  readonly #routes: Route[] = []

  add(method: string, template: string, step: Step): void {
    const pattern = new RegExp(`^${template.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`)
    this.#routes.push({ method, template, pattern, step })
  }

  /** Throws not_found or method_not_allowed. A HEAD is answered by GET's step. */
  find(method: string, path: string): { step: Step; route: string; path: Record<string, string> } {
    let known = false
    for (const { method: own, template, pattern, step } of this.#routes) {
      const match = pattern.exec(path)
      if (match === null) continue
      known = true
      if (own !== method && !(own === 'GET' && method === 'HEAD')) continue
      return { step, route: `${own} ${template}`, path: decoded(match.groups ?? {}) }
    }
    throw new Problem(known ? 'method_not_allowed' : 'not_found')
  }
}

function decoded(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw new Problem('invalid_request', { detail: 'the path is not well-formed' })
  }
}

/** The body. Left in the middle it stays open, so that a refusal can still be sent and the rest be drained. */
export function bodyOf(req: IncomingMessage): AsyncIterable<Buffer> {
  return req.iterator({ destroyOnReturn: false })
}

/** Reads a JSON body of known members. No body is an empty object. */
export async function readJson<S extends Record<string, Reader<unknown>>>(req: IncomingMessage, shape: S): Promise<ReturnType<ReturnType<typeof object<S>>>> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of bodyOf(req)) {
    size += chunk.length
    if (size > Limits.bodyBytesMax) throw new Problem('body_too_large', { detail: `at most ${Limits.bodyBytesMax} bytes` })
    chunks.push(chunk)
  }
  let value: unknown = {}
  try {
    if (size > 0) value = JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new Problem('invalid_request', { detail: 'the body is not JSON' })
  }
  return object(shape)(value, 'body') as ReturnType<ReturnType<typeof object<S>>>
}
