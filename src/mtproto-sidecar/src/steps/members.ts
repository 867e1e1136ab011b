import { Long, type tl } from '@mtcute/core'
import type { Account } from '../account.ts'
import type { KnownPeer } from '../state/account.ts'
import { reading } from '../telegram/caller.ts'
import { inputChannel, markPeer, usernameOf } from '../telegram/peers.ts'
import { isoTime } from './chats.ts'

export const filters = ['recent', 'admins', 'bots', 'search', 'restricted', 'banned'] as const
export type Filter = (typeof filters)[number]

interface Row {
  id: number
  role: 'creator' | 'admin' | 'member' | 'restricted' | 'banned' | 'left'
  rank: string | null
  /** Unix seconds. */
  joined: number | null
  promotedBy: number | null
  inviter: number | null
}

/** A page of members. Telegram ends a filter at 10,000; larger groups are asked by prefixes of names. */
export async function listMembers(account: Account, peer: KnownPeer, filter: Filter, q: string, offset: number, limit: number): Promise<object> {
  if (peer.kind === 'group') return groupMembers(account, peer)
  const request = { channel: inputChannel(peer), filter: telegramFilter(filter, q), offset, limit, hash: Long.ZERO }
  const page = await account.caller.call({ _: 'channels.getParticipants', ...request }, reading(peer))
  if (page._ === 'channels.channelParticipantsNotModified') return { total: 0, members: [], next_offset: null }
  const end = offset + page.participants.length
  const more = page.participants.length > 0 && end < page.count
  return { total: page.count, members: views(page.participants.map(row), page.users), next_offset: more ? end : null }
}

/** A basic group has at most 200 members and says them all at once. */
async function groupMembers(account: Account, peer: KnownPeer): Promise<object> {
  const { fullChat, users } = await account.caller.call({ _: 'messages.getFullChat', chatId: -peer.chatId }, reading(peer))
  const all = fullChat._ === 'chatFull' && fullChat.participants._ === 'chatParticipants' ? fullChat.participants.participants : []
  const rows = all.map((one): Row => ({
    id: one.userId,
    role: one._ === 'chatParticipantCreator' ? 'creator' : one._ === 'chatParticipantAdmin' ? 'admin' : 'member',
    rank: null,
    joined: one._ === 'chatParticipantCreator' ? null : one.date,
    promotedBy: null,
    inviter: one._ === 'chatParticipantCreator' ? null : one.inviterId,
  }))
  return { total: rows.length, members: views(rows, users), next_offset: null }
}

function telegramFilter(filter: Filter, q: string): tl.TypeChannelParticipantsFilter {
  switch (filter) {
    case 'recent': return { _: 'channelParticipantsRecent' }
    case 'admins': return { _: 'channelParticipantsAdmins' }
    case 'bots': return { _: 'channelParticipantsBots' }
    case 'search': return { _: 'channelParticipantsSearch', q }
    case 'restricted': return { _: 'channelParticipantsBanned', q }
    case 'banned': return { _: 'channelParticipantsKicked', q }
  }
}

function row(one: tl.TypeChannelParticipant): Row {
  const base = { rank: 'rank' in one ? one.rank ?? null : null, promotedBy: null, inviter: null }
  switch (one._) {
    case 'channelParticipantCreator': return { ...base, id: one.userId, role: 'creator', joined: null }
    case 'channelParticipantAdmin':
      return { ...base, id: one.userId, role: 'admin', joined: one.date, promotedBy: one.promotedBy, inviter: one.inviterId ?? null }
    case 'channelParticipantSelf': return { ...base, id: one.userId, role: 'member', joined: one.date, inviter: one.inviterId }
    case 'channelParticipant': return { ...base, id: one.userId, role: 'member', joined: one.date }
    case 'channelParticipantBanned': {
      const role = one.bannedRights.viewMessages === true ? 'banned' : one.left === true ? 'left' : 'restricted'
      return { ...base, id: markPeer(one.peer), role, joined: one.date }
    }
    case 'channelParticipantLeft': return { ...base, id: markPeer(one.peer), role: 'left', joined: null }
  }
}

function views(rows: Row[], users: tl.TypeUser[]): object[] {
  const byId = new Map(users.map((user) => [user.id, user]))
  return rows.map(({ id, role, rank, joined, promotedBy, inviter }) => ({
    user: userView(id, byId.get(id)), role, rank: rank === '' ? null : rank,
    joined_at: joined === null ? null : isoTime(joined), promoted_by: promotedBy, inviter_id: inviter,
  }))
}

function userView(id: number, user: tl.TypeUser | undefined): object {
  if (user?._ !== 'user') return { user_id: id, username: null, first_name: null, last_name: null, is_bot: false, is_deleted: true, is_premium: false }
  return {
    user_id: id, username: usernameOf(user), first_name: user.firstName ?? null, last_name: user.lastName ?? null,
    is_bot: user.bot === true, is_deleted: user.deleted === true, is_premium: user.premium === true,
  }
}
