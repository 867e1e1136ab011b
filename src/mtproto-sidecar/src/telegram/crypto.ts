import { NodeCryptoProvider } from '@mtcute/node/utils.js'
import { initSync } from '@mtcute/wasm'
import wasm from '@mtcute/wasm/mtcute-simd.wasm'

/** The library's crypto with its wasm taken from the bundle: there is no node_modules to read it from. Node has had SIMD since 16. */
export class BundledCrypto extends NodeCryptoProvider {
  override async initialize(): Promise<void> {
    initSync(wasm)
  }
}
