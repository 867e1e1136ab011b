import { Socket } from 'node:net'
import { TcpConnection } from '@fuman/node'
import { IntermediatePacketCodec, type TelegramTransport } from '@mtcute/core'
import type { BasicDcOption } from '@mtcute/core/utils.js'
import { Limits } from '../limits.ts'
import { Metrics } from '../metrics.ts'

/** Test addresses of data centres, by id. Empty in production. */
export type DcOverrides = ReadonlyMap<number, { host: string; port: number }>

/**
 * TCP to a data centre. Written here and not taken from the library for the time limit on connecting, the test addresses, and knowing whether
 * there was a connection at all: a call that saw none has not left.
 */
export class Transport implements TelegramTransport {
  #open = 0
  opened = 0

  constructor(readonly overrides: DcOverrides) {}

  get connected(): boolean {
    return this.#open > 0
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
    this.#open++
    this.opened++
    socket.once('close', () => {
      Metrics.connections.add({ event: 'lost' })
      this.#open--
    })
    return new TcpConnection(socket)
  }

  packetCodec(): IntermediatePacketCodec {
    return new IntermediatePacketCodec()
  }
}
