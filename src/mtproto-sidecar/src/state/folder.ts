import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Vault } from './vault.ts'

/** The state folder cannot be used; the message is for the operator and holds no secret. */
export class StateError extends Error {}

/**
 * The folder: `lock`, `key.check` (tells a wrong key from a damaged file) and `<name>.account` files, all sealed. A write is a temporary file, fsync,
 * rename, fsync of the folder: after a crash a file is the old one or the new one.
 */
export class StateFolder {
  private constructor(readonly path: string, readonly vault: Vault, readonly damaged: string[]) {}

  /** Opens the folder and reads every account. Throws StateError for a wrong key or a second process. */
  static async open(path: string, vault: Vault): Promise<{ folder: StateFolder; accounts: Buffer[] }> {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    chmodSync(path, 0o700)
    holdAlone(path)
    const names = readdirSync(path)
    for (const name of names.filter((n) => n.endsWith('.tmp'))) rmSync(join(path, name))
    const files = names.filter((n) => n.endsWith('.account'))
    const folder = new StateFolder(path, vault, [])
    const check = join(path, 'key.check')
    if (existsSync(check)) {
      if (vault.open('check', readFileSync(check)) === null) throw new StateError(`the key does not open ${path}: it was sealed with another one`)
    } else if (files.length > 0) {
      throw new StateError(`${path} holds accounts and no key.check: put back the missing file, or move the accounts away`)
    } else {
      await folder.write('key.check', vault.seal('check', Buffer.from('edgeproxy')))
    }
    const accounts: Buffer[] = []
    for (const name of files) {
      const plain = vault.open(name, readFileSync(join(path, name)))
      // The key is right, so this one file was damaged. The other accounts go on; health and the log say so.
      if (plain === null) folder.damaged.push(name)
      else accounts.push(plain)
    }
    return { folder, accounts }
  }

  async writeAccount(account: string, plain: Uint8Array): Promise<void> {
    const name = `${this.vault.fileName(account)}.account`
    await this.write(name, this.vault.seal(name, plain))
  }

  async deleteAccount(account: string): Promise<void> {
    await rm(join(this.path, `${this.vault.fileName(account)}.account`), { force: true })
    await this.#syncFolder()
  }

  private async write(name: string, bytes: Uint8Array): Promise<void> {
    const target = join(this.path, name)
    const file = await open(`${target}.tmp`, 'w', 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${target}.tmp`, target)
    await this.#syncFolder()
  }

  async #syncFolder(): Promise<void> {
    const folder = await open(this.path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}

/**
 * Two processes with one session would fight over it at Telegram. flock(2) holds until the open file is closed, however this process ends; it
 * belongs to the open file and not to who asked for it, so that flock(1) can ask on our behalf: node cannot. (Abstract sockets would do without it,
 * but need node 20.4, and Debian has 18.)
 */
function holdAlone(path: string): void {
  const lock = openSync(join(path, 'lock'), 'a', 0o600)
  const { error, status } = spawnSync('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', lock] })
  if (error !== undefined) throw new StateError(`flock (util-linux) is needed to hold ${path} and cannot be run: ${error.message}`)
  if (status !== 0) throw new StateError(`another process holds ${path}`)
}
