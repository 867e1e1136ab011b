import type { IMtStorageProvider } from '@mtcute/core'
import type { AccountState } from './account.ts'

/**
 * The library's storage, over an AccountState. Keys are on disk before `set` resolves, as the library demands; options and salts follow soon.
 *
 * One thing differs on purpose. When a data centre says twice that it does not know our key (transport error 404) the library deletes the
 * key and makes a fresh one, and the account is lost for good, though a wrong answer from the network is enough. The key of the home data
 * centre of a ready account is therefore never replaced or deleted from there: `onKeyRefused` is told instead.
 */
export function libraryStorage(state: AccountState, home: () => number | null, onKeyRefused: () => void): IMtStorageProvider {
  const pinned = (dc: number) => home() === dc && state.keys.has(dc)
  return {
    driver: {},
    kv: {
      get: (key) => state.kv.get(key) ?? null,
      set: (key, value) => {
        state.kv.set(key, value)
        state.saveLater()
      },
      delete: (key) => {
        if (state.kv.delete(key)) state.saveLater()
      },
      deleteAll: () => {
        state.kv.clear()
        state.saveLater()
      },
    },
    authKeys: {
      get: (dc) => state.keys.get(dc) ?? null,
      set: async (dc, key) => {
        if (pinned(dc)) {
          if (key === null || !Buffer.from(key).equals(state.keys.get(dc)!)) onKeyRefused()
          return
        }
        if (key === null) state.keys.delete(dc)
        else state.keys.set(dc, key)
        await state.save()
      },
      // Temporary keys serve perfect forward secrecy, which is off: one connection, one key.
      setTemp: () => {},
      getTemp: () => null,
      deleteByDc: async (dc) => {
        if (!pinned(dc) && state.keys.delete(dc)) await state.save()
      },
      deleteAll: async () => {
        for (const dc of [...state.keys.keys()]) if (!pinned(dc)) state.keys.delete(dc)
        await state.save()
      },
    },
  }
}
