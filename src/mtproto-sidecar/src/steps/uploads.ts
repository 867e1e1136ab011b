import { Long, type tl } from '@mtcute/core'
import type { Account } from '../account.ts'
import { bodyOf, type Exchange } from '../http/router.ts'
import { Limits } from '../limits.ts'
import { Metrics } from '../metrics.ts'
import { invalid, Problem } from '../problem.ts'
import { cut, Progress, readParts, type Cut } from './parts.ts'

export interface UploadedFile {
  file_id: string
  size: number
  name: string
}

/** The uploaded parts as Telegram wants them named when they are used. */
export function inputFile({ file_id, size, name }: UploadedFile): tl.TypeInputFile {
  const { total, big } = cut(size)
  const id = Long.fromString(file_id)
  // The checksum of small files may be left empty; the parts came over an authenticated channel.
  return big ? { _: 'inputFileBig', id, parts: total, name } : { _: 'inputFile', id, parts: total, name, md5Checksum: '' }
}

/**
 * Stores parts as the body brings them:
 * 1. a part is read into one of a few buffers; when all are with Telegram the body waits, and with it the caller;
 * 2. it goes out beside the others of the window;
 * 3. when it is acknowledged its buffer reads the next.
 * After a failure the parts under way are awaited, so that `next_part` is true and a buffer is never reused under Telegram's hands.
 */
export async function uploadParts(account: Account, fileId: string, size: number, first: number, { req, signal }: Exchange): Promise<object> {
  const file = cut(size)
  if (first >= file.total) throw invalid('first_part', `0 to ${file.total - 1}`)
  const progress = new Progress(first)
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  let failure: unknown
  const free: Buffer[] = Array.from({ length: Math.min(Limits.transferWindow, file.total - first) }, () => Buffer.allocUnsafeSlow(Limits.partBytes))
  const underWay = new Set<Promise<void>>()
  const take = async () => {
    while (free.length === 0 && failure === undefined) await Promise.race(underWay)
    if (failure !== undefined) throw failure
    return free.pop()!
  }
  const store = async (part: number, buffer: Buffer, length: number) => {
    try {
      const how = { family: 'transfer', kind: 'upload', signal: stop, timeoutMs: Limits.partMs } as const
      await account.caller.call(partRequest(fileId, file, part, buffer.subarray(0, length)), how)
      progress.stored(part)
      Metrics.bytes.add({ direction: 'up' }, length)
    } catch (error) {
      failure ??= error
      failed.abort()
    } finally {
      free.push(buffer)
    }
  }
  try {
    for await (const { part, buffer, length } of readParts(bodyOf(req), file, first, take)) {
      const storing: Promise<void> = store(part, buffer, length).finally(() => underWay.delete(storing))
      underWay.add(storing)
      if (failure !== undefined) break
    }
  } catch (error) {
    failure ??= error
    if (!(error instanceof Problem)) failed.abort()
  }
  await Promise.all(underWay)
  const next_part = progress.next
  if (failure instanceof Problem) throw failure.with({ next_part })
  if (failure !== undefined) throw new Problem('outcome_unknown', { detail: 'the body broke off', next_part })
  return { file_id: fileId, size, part_bytes: Limits.partBytes, total_parts: file.total, first_part: first, next_part, complete: next_part === file.total }
}

function partRequest(fileId: string, file: Cut, filePart: number, bytes: Uint8Array): tl.upload.RawSaveBigFilePartRequest | tl.upload.RawSaveFilePartRequest {
  const id = Long.fromString(fileId)
  return file.big
    ? { _: 'upload.saveBigFilePart', fileId: id, filePart, fileTotalParts: file.total, bytes }
    : { _: 'upload.saveFilePart', fileId: id, filePart, bytes }
}
