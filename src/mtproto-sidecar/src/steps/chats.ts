import type { tl } from '@mtcute/core'
import type { Account } from '../account.ts'
import { Limits } from '../limits.ts'
import { Problem, wordOf } from '../problem.ts'
import type { KnownPeer } from '../state/account.ts'
import { managing, reading } from '../telegram/caller.ts'
import { inputChannel, inputPeer, inputUser, markChannel, newestMessage, usernameOf } from '../telegram/peers.ts'
import { inputFile, type UploadedFile } from './uploads.ts'

export const isoTime = (seconds: number) => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')

/** Creates a supergroup. Telegram would do it twice, so nothing is repeated here. */
export async function createChat(account: Account, { title, about, forum }: { title: string; about: string; forum: boolean }): Promise<object> {
  const updates = await account.caller.call({ _: 'channels.createChannel', megagroup: true, forum, title, about }, { family: 'create', repeatable: false })
  const channel = updates._ === 'updates' || updates._ === 'updatesCombined' ? updates.chats.find((chat) => chat._ === 'channel') : undefined
  if (channel === undefined) throw new Problem('outcome_unknown', { method: 'channels.createChannel', detail: 'Telegram answered without a group' })
  account.peers.learn([channel])
  // The access hash is on disk before the caller hears of the group.
  await account.state.save()
  return chatView(channel)
}

/** Own supergroups with this title, created since `since` (Unix ms). `complete` says that everything since then was seen. */
export async function findOwnChats(account: Account, title: string, since: number): Promise<object> {
  const from = (since - Limits.clockDifferenceMs) / 1000
  const found = new Map<number, object>()
  let pages = 0
  let complete = true
  for await (const page of account.peers.dialogs(Limits.dialogPagesForOwnChats)) {
    for (const chat of page.chats) {
      if (chat._ === 'channel' && chat.creator === true && chat.left !== true && chat.title === title && chat.date >= from) found.set(chat.id, chatView(chat))
    }
    // Dialogs go by their newest message, pinned ones first; what was created since has a message since.
    const last = page.dialogs.filter((dialog) => dialog.pinned !== true).at(-1)
    const newest = last === undefined ? null : newestMessage(page, last)
    if (newest !== null && newest.date < from) break
    complete = ++pages < Limits.dialogPagesForOwnChats
  }
  return { chats: [...found.values()], complete }
}

export async function chatInfo(account: Account, peer: KnownPeer): Promise<object> {
  const how = reading(peer)
  const { fullChat, chats } = peer.kind === 'group'
    ? await account.caller.call({ _: 'messages.getFullChat', chatId: -peer.chatId }, how)
    : await account.caller.call({ _: 'channels.getFullChannel', channel: inputChannel(peer) }, how)
  const chat = chats.find((one) => one.id === fullChat.id)
  if (chat === undefined || (chat._ !== 'channel' && chat._ !== 'chat')) throw new Problem('peer_unknown', { detail: 'Telegram did not describe it' })
  const photo = fullChat.chatPhoto?._ === 'photo' ? fullChat.chatPhoto.id.toString() : null
  const members = fullChat._ === 'channelFull' ? fullChat.participantsCount ?? null : chat._ === 'chat' ? chat.participantsCount : null
  return { ...chatView(chat), about: fullChat.about, photo_id: photo, members, admins: fullChat._ === 'channelFull' ? fullChat.adminsCount ?? null : null }
}

export async function setPhoto(account: Account, peer: KnownPeer, file: UploadedFile): Promise<object> {
  const photo: tl.RawInputChatUploadedPhoto = { _: 'inputChatUploadedPhoto', file: inputFile(file) }
  const updates = await account.caller.call({ _: 'channels.editPhoto', channel: inputChannel(peer), photo }, { ...managing(peer), repeatable: false })
  const chat = 'chats' in updates ? updates.chats.find((one) => one._ === 'channel') : undefined
  const id = chat?._ === 'channel' && chat.photo._ === 'chatPhoto' ? chat.photo.photoId.toString() : null
  return { photo_id: id }
}

/** The Bot API's names of rights, without `can_`. */
const rightNames = {
  change_info: 'changeInfo', post_messages: 'postMessages', edit_messages: 'editMessages', delete_messages: 'deleteMessages', restrict_members: 'banUsers',
  invite_users: 'inviteUsers', pin_messages: 'pinMessages', promote_members: 'addAdmins', anonymous: 'anonymous', manage_video_chats: 'manageCall',
  manage_chat: 'other', manage_topics: 'manageTopics', post_stories: 'postStories', edit_stories: 'editStories', delete_stories: 'deleteStories',
} as const
export type Right = keyof typeof rightNames
export const allRights = Object.keys(rightNames) as Right[]

/** Brings the user in, unless he is in already, and gives him exactly these rights. */
export async function setAdmin(account: Account, peer: KnownPeer, user: KnownPeer, rights: Right[], rank: string): Promise<object> {
  const channel = inputChannel(peer)
  const userId = inputUser(user)
  const how = managing(peer)
  const added = !(await isMember(account, peer, user))
  if (added) {
    const invited = await account.caller.call({ _: 'channels.inviteToChannel', channel, users: [userId] }, how)
    if (invited.missingInvitees.length > 0) {
      throw new Problem('telegram_refused', { method: 'channels.inviteToChannel', telegram_error: 'MISSING_INVITEE', detail: 'it could not be added' })
    }
  }
  const adminRights: tl.RawChatAdminRights = { _: 'chatAdminRights' }
  for (const right of rights) adminRights[rightNames[right]] = true
  await account.caller.call({ _: 'channels.editAdmin', channel, userId, adminRights, rank }, how)
  return { user_id: user.chatId, added }
}

async function isMember(account: Account, peer: KnownPeer, user: KnownPeer): Promise<boolean> {
  try {
    const { participant } = await account.caller.call(
      { _: 'channels.getParticipant', channel: inputChannel(peer), participant: inputPeer(user) }, reading(peer))
    // Left, or thrown out: an invitation is needed.
    return participant._ !== 'channelParticipantLeft' && !(participant._ === 'channelParticipantBanned' && participant.left === true)
  } catch (error) {
    if (wordOf(error) === 'USER_NOT_PARTICIPANT') return false
    throw error
  }
}

function chatView(chat: tl.RawChannel | tl.RawChat): object {
  const common = { title: chat.title, creator: chat.creator === true, created_at: isoTime(chat.date) }
  if (chat._ === 'chat') return { chat_id: -chat.id, kind: 'group', username: null, forum: false, ...common }
  const kind = chat.megagroup === true ? 'supergroup' : 'channel'
  return { chat_id: markChannel(chat.id), kind, username: usernameOf(chat), forum: chat.forum === true, ...common }
}
