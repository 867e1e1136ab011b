import { Socket } from 'node:net'
import { TcpConnection } from '@fuman/node'
import { IntermediatePacketCodec, type TelegramTransport } from '@mtcute/core'
import type { BasicDcOption } from '@mtcute/core/utils.js'
import { Limits } from '../limits.ts'
import { Metrics } from '../metrics.ts'

/** Test addresses of data centres, by id. Empty in production. */
export type DcOverrides = ReadonlyMap<number, { host: string; port: number }>

/**
 * TCP to a data centre. Written here and not taken from the library for three things: a time limit for connecting, the test addresses, and
 * word of every connection that is lost, which a call that must not be repeated has to know (see Caller).
 */
export class Transport implements TelegramTransport {
  /** Open connections that are not for files. */
  #open = 0
  /** Connections opened since the start: a call that saw none has not left. */
  opened = 0
  readonly #lost = new Set<(dc: number) => void>()

  constructor(readonly overrides: DcOverrides) {}

  get connected(): boolean {
    return this.#open > 0
  }

  /** `lost` is called when a connection that carries calls to a data centre is gone; the answer ends it. */
  onLost(lost: (dc: number) => void): () => void {
    this.#lost.add(lost)
    return () => this.#lost.delete(lost)
  }

  async connect(dc: BasicDcOption): Promise<TcpConnection> {
    const { host, port } = this.overrides.get(dc.id) ?? { host: dc.ipAddress, port: dc.port }
    const socket = new Socket()
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('connect: no answer')), Limits.connectMs)
        socket.once('error', reject)
        socket.connect({ host, port, noDelay: true, keepAlive: true }, () => {
          clearTimeout(timer)
          socket.off('error', reject)
          resolve()
        })
        socket.once('close', () => clearTimeout(timer))
      })
    } catch (error) {
      socket.on('error', () => {})
      socket.destroy()
      Metrics.connections.add({ event: 'failed' })
      throw error
    }
    Metrics.connections.add({ event: 'opened' })
    // Connections for files go to the address marked for media and end by themselves when idle; they say nothing about calls.
    const calls = dc.mediaOnly !== true
    if (calls) {
      this.#open++
      this.opened++
    }
    socket.once('close', () => {
      Metrics.connections.add({ event: 'lost' })
      if (!calls) return
      this.#open--
      for (const lost of [...this.#lost]) lost(dc.id)
    })
    return new TcpConnection(socket)
  }

  packetCodec(): IntermediatePacketCodec {
    return new IntermediatePacketCodec()
  }
}
