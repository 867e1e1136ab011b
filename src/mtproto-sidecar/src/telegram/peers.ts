import { Long, type tl } from '@mtcute/core'
import { Limits } from '../limits.ts'
import { invalid, Problem, wordOf } from '../problem.ts'
import type { AccountState, KnownPeer } from '../state/account.ts'
import type { Caller } from './caller.ts'

/** The Bot API writes a supergroup or channel as −(10^12 + id), a basic group as −id. */
const channelBase = 1_000_000_000_000
export const markChannel = (id: number) => -(channelBase + id)
const bareId = (chatId: number) => (chatId > 0 ? chatId : chatId <= -channelBase ? -chatId - channelBase : -chatId)

export function markPeer(peer: tl.TypePeer): number {
  switch (peer._) {
    case 'peerUser': return peer.userId
    case 'peerChat': return -peer.chatId
    case 'peerChannel': return markChannel(peer.channelId)
  }
}

export function inputPeer(peer: KnownPeer): tl.TypeInputPeer {
  const id = bareId(peer.chatId)
  const accessHash = Long.fromString(peer.accessHash)
  switch (peer.kind) {
    case 'user': case 'bot': return { _: 'inputPeerUser', userId: id, accessHash }
    case 'group': return { _: 'inputPeerChat', chatId: id }
    case 'supergroup': case 'channel': return { _: 'inputPeerChannel', channelId: id, accessHash }
  }
}

export function inputChannel(peer: KnownPeer): tl.RawInputChannel {
  if (peer.kind !== 'supergroup' && peer.kind !== 'channel') throw invalid('chat_id', 'a supergroup or channel is needed')
  return { _: 'inputChannel', channelId: bareId(peer.chatId), accessHash: Long.fromString(peer.accessHash) }
}

export function inputUser(peer: KnownPeer): tl.RawInputUser {
  if (peer.kind !== 'user' && peer.kind !== 'bot') throw invalid('user', 'a user or bot is needed')
  return { _: 'inputUser', userId: peer.chatId, accessHash: Long.fromString(peer.accessHash) }
}

interface Offset {
  offsetDate: number
  offsetId: number
  offsetPeer: tl.TypeInputPeer
}

export interface DialogPage {
  dialogs: tl.RawDialog[]
  chats: tl.TypeChat[]
  users: tl.TypeUser[]
  messages: tl.TypeMessage[]
}

/** The peers an account has met, and how it comes to meet others. Telegram takes no id without its access hash. */
export class Peers {
  /** Usernames resolved in this process: a name can pass to somebody else, so the disk is not believed. */
  readonly #resolved = new Map<string, number>()
  readonly #missing = new Map<number, number>()
  #scan: Promise<void> | null = null

  constructor(readonly caller: Caller, readonly state: AccountState) {}

  /** Remembers channels and groups, and users where asked: a member list would crowd out the rest. */
  learn(chats: readonly tl.TypeChat[], users: readonly tl.TypeUser[] = []): void {
    for (const chat of chats) {
      const peer = fromChat(chat)
      if (peer !== null) this.state.meet(peer)
    }
    for (const user of users) {
      const peer = fromUser(user)
      if (peer !== null) this.state.meet(peer)
    }
  }

  /** A number as the Bot API writes it, or @username. Throws `peer_unknown`. */
  async find(text: string): Promise<KnownPeer> {
    if (/^-?\d{1,16}$/.test(text)) return this.#byId(Number(text))
    const name = text.replace(/^@/, '').toLowerCase()
    const known = this.state.peers.get(this.#resolved.get(name) ?? 0)
    return known ?? this.resolve(name)
  }

  /** Asks Telegram who has the username now. */
  async resolve(username: string): Promise<KnownPeer> {
    const name = username.replace(/^@/, '').toLowerCase()
    if (!/^[a-z0-9_]{3,32}$/.test(name)) throw invalid('username', '3 to 32 of a–z 0–9 _')
    let result: tl.contacts.TypeResolvedPeer
    try {
      result = await this.caller.call({ _: 'contacts.resolveUsername', username: name }, { family: 'read' })
    } catch (error) {
      if (/^USERNAME_(NOT_OCCUPIED|INVALID)$/.test(wordOf(error))) throw new Problem('peer_unknown', { detail: 'nobody has this username' })
      throw error
    }
    this.learn(result.chats, result.users)
    const chatId = markPeer(result.peer)
    const peer = this.state.peers.get(chatId)
    if (peer === undefined) throw new Problem('peer_unknown', { detail: 'Telegram gave no access to it' })
    this.#resolved.set(name, chatId)
    if (this.#resolved.size > Limits.peersPerAccount) this.#resolved.delete(this.#resolved.keys().next().value!)
    return peer
  }

  /** The account's dialogs, newest first; folder 1 is the archive. */
  async *dialogs(pagesMax: number, folderId = 0): AsyncGenerator<DialogPage> {
    let lastChat = 0
    let offset: Offset = { offsetDate: 0, offsetId: 0, offsetPeer: { _: 'inputPeerEmpty' } }
    for (let page = 0; page < pagesMax; page++) {
      const request = { ...offset, folderId: folderId === 0 ? undefined : folderId, limit: Limits.dialogsPageMax, hash: Long.ZERO }
      const result = await this.caller.call({ _: 'messages.getDialogs', ...request }, { family: 'read' })
      if (result._ === 'messages.dialogsNotModified') return
      this.learn(result.chats)
      const dialogs = result.dialogs.filter((dialog) => dialog._ === 'dialog')
      yield { dialogs, chats: result.chats, users: result.users, messages: result.messages }
      if (result._ === 'messages.dialogs') return
      // From the last one that can be named on; those behind it are seen twice.
      const last = [...dialogs].reverse().find((dialog) => this.#offset(result, dialog) !== null)
      if (last === undefined || markPeer(last.peer) === lastChat) return
      lastChat = markPeer(last.peer)
      offset = this.#offset(result, last)!
    }
  }

  #offset(page: tl.messages.RawDialogsSlice, dialog: tl.RawDialog): Offset | null {
    const newest = newestMessage(page, dialog)
    const chatId = markPeer(dialog.peer)
    const user = page.users.find((one) => one.id === chatId)
    const peer = this.state.peers.get(chatId) ?? (user === undefined ? null : fromUser(user))
    return newest === null || peer === null ? null : { offsetDate: newest.date, offsetId: dialog.topMessage, offsetPeer: inputPeer(peer) }
  }

  async #byId(chatId: number): Promise<KnownPeer> {
    const known = this.state.peers.get(chatId)
    if (known !== undefined) return known
    const unknown = new Problem('peer_unknown', { detail: 'it is in no dialog of this account' })
    if (performance.now() < (this.#missing.get(chatId) ?? 0)) throw unknown
    // One look through the dialogs serves everybody who waits.
    this.#scan ??= this.#readDialogs().finally(() => (this.#scan = null))
    await this.#scan
    const found = this.state.peers.get(chatId)
    if (found !== undefined) return found
    this.#missing.set(chatId, performance.now() + Limits.unknownPeerMs)
    if (this.#missing.size > Limits.peersPerAccount) this.#missing.delete(this.#missing.keys().next().value!)
    throw unknown
  }

  async #readDialogs(): Promise<void> {
    for (const folder of [0, 1]) {
      for await (const page of this.dialogs(Limits.dialogPagesForPeer, folder)) this.learn(page.chats, page.users)
    }
  }
}

/** Ids of messages are unique within a channel only, so the peer must match too. */
export function newestMessage(page: { messages: tl.TypeMessage[] }, dialog: tl.RawDialog): tl.RawMessage | tl.RawMessageService | null {
  for (const message of page.messages) {
    if (message._ !== 'messageEmpty' && message.id === dialog.topMessage && markPeer(message.peerId) === markPeer(dialog.peer)) return message
  }
  return null
}

export function fromChat(chat: tl.TypeChat): KnownPeer | null {
  if (chat._ === 'chat') return { chatId: -chat.id, kind: 'group', accessHash: '0', username: null }
  if (chat._ !== 'channel' || chat.min === true || chat.accessHash === undefined) return null
  const kind = chat.megagroup === true ? 'supergroup' : 'channel'
  return { chatId: markChannel(chat.id), kind, accessHash: chat.accessHash.toString(), username: usernameOf(chat) }
}

export function fromUser(user: tl.TypeUser): KnownPeer | null {
  if (user._ !== 'user' || user.min === true || user.accessHash === undefined) return null
  return { chatId: user.id, kind: user.bot === true ? 'bot' : 'user', accessHash: user.accessHash.toString(), username: usernameOf(user) }
}

export function usernameOf(one: { username?: string; usernames?: tl.TypeUsername[] }): string | null {
  return one.username ?? one.usernames?.find((name) => name.active)?.username ?? null
}
