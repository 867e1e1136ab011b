import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from '../account.ts'
import { parseRange, pieces, type Span } from '../http/range.ts'
import type { Exchange } from '../http/router.ts'
import { Limits } from '../limits.ts'
import { Metrics } from '../metrics.ts'
import { Problem, wordOf } from '../problem.ts'
import type { KnownPeer } from '../state/account.ts'
import { fileOf, getMessage, type RemoteFile } from './messages.ts'

/**
 * Streams a message's file:
 * 1. the message says where the file is; the range says which bytes;
 * 2. a window of pieces is asked ahead, in order;
 * 3. the first piece is here before the headers go, so that a refusal is still a proper answer;
 * 4. a piece is written; when the client does not take it, nothing more is asked.
 */
export async function downloadFile(account: Account, peer: KnownPeer, messageId: number, { req, res, signal }: Exchange): Promise<void> {
  const source = new Source(account, peer, messageId, signal)
  const file = await source.locate()
  const span = parseRange(req.headers.range, file.size)
  const wanted = span ?? { from: 0, to: file.size }
  const begin = () => res.writeHead(span === null ? 200 : 206, headers(file, wanted, span !== null))
  if (req.method === 'HEAD' || file.size === 0) return void begin().end()
  const asking: Promise<Buffer>[] = []
  const rest = pieces(wanted, Limits.chunkBytes)
  const askMore = () => {
    while (asking.length < Limits.transferWindow) {
      const next = rest.next()
      if (next.done === true) return
      const piece = source.read(next.value.offset, next.value.skip, next.value.take)
      // It is awaited in its turn; until then a failure must not count as nobody's.
      piece.catch(() => {})
      asking.push(piece)
    }
  }
  try {
    for (askMore(); asking.length > 0; askMore()) {
      const bytes = await asking.shift()!
      if (!res.headersSent) begin()
      source.streaming = true
      Metrics.bytes.add({ direction: 'down' }, bytes.length)
      if (!res.write(bytes)) await drained(res, signal)
    }
    res.end()
  } catch (error) {
    source.stop()
    throw error
  }
}

/** The file at Telegram. Its reference goes stale after some hours; the message then gives a new one. */
class Source {
  /** The headers are out: a flood wait can only be sat out. */
  streaming = false
  readonly #stopped = new AbortController()
  readonly #signal: AbortSignal
  #file: Promise<RemoteFile> | null = null

  constructor(readonly account: Account, readonly peer: KnownPeer, readonly messageId: number, signal: AbortSignal) {
    this.#signal = AbortSignal.any([signal, this.#stopped.signal])
  }

  locate(): Promise<RemoteFile> {
    return (this.#file ??= getMessage(this.account, this.peer, this.messageId).then((message) => {
      const file = fileOf(message)
      if (file === null) throw new Problem('no_file')
      return file
    }))
  }

  stop(): void {
    this.#stopped.abort()
  }

  async read(offset: number, skip: number, take: number): Promise<Buffer> {
    let dc: number | undefined
    // Each remedy is tried once; what is not mended by it is the answer.
    for (let staleLeft = 1, moveLeft = 1, floodLeft = 1; ;) {
      const asked = this.locate()
      const file = await asked
      try {
        const how = { family: 'transfer', kind: 'download', dc: dc ?? file.dc, signal: this.#signal, timeoutMs: Limits.partMs } as const
        const answer = await this.account.caller.call({ _: 'upload.getFile', location: file.location, offset, limit: Limits.chunkBytes }, how)
        if (answer._ !== 'upload.file' || answer.bytes.length < skip + take) {
          throw new Problem('outcome_unknown', { method: 'upload.getFile', detail: 'Telegram gave fewer bytes than the file has' })
        }
        return Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset + skip, take)
      } catch (error) {
        const moved = /^FILE_MIGRATE_(\d+)$/.exec(wordOf(error))
        const wait = error instanceof Problem && error.code === 'flood_wait' && this.streaming ? error.details.retry_after_ms! : Infinity
        if (/^FILE_?REF/.test(wordOf(error)) && staleLeft-- > 0) {
          // Others of the window may have asked anew already.
          if (this.#file === asked) this.#file = null
        } else if (moved !== null && moveLeft-- > 0) dc = Number(moved[1])
        else if (wait <= Limits.downloadFloodMs && floodLeft-- > 0) await sleep(wait, undefined, { signal: this.#signal })
        else throw error
      }
    }
  }
}

function headers(file: RemoteFile, span: Span, partial: boolean): Record<string, string | number> {
  return {
    // It is what the sender claimed, and goes into a header.
    'content-type': /^[\w.+-]+\/[\w.+-]+$/.test(file.mimeType) ? file.mimeType : 'application/octet-stream',
    'content-length': span.to - span.from,
    'accept-ranges': 'bytes',
    etag: `"${file.id}"`,
    ...(file.name === null ? {} : { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}` }),
    ...(partial ? { 'content-range': `bytes ${span.from}-${span.to - 1}/${file.size}` } : {}),
  }
}

function drained(res: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Problem('outcome_unknown', { detail: 'the client went away' }))
    const gone = () => reject(new Problem('outcome_unknown', { detail: 'the client went away' }))
    signal.addEventListener('abort', gone, { once: true })
    res.once('drain', () => {
      signal.removeEventListener('abort', gone)
      resolve()
    })
  })
}
