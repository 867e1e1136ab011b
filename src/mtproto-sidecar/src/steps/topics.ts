import { Long, type tl } from '@mtcute/core'
import type { Account } from '../account.ts'
import { Limits } from '../limits.ts'
import { invalid, Problem, wordOf } from '../problem.ts'
import type { KnownPeer } from '../state/account.ts'
import { managing, reading } from '../telegram/caller.ts'
import { inputPeer } from '../telegram/peers.ts'
import { isoTime } from './chats.ts'
import { iconId } from './icons.ts'

const noTopic = /^TOPIC_(ID_INVALID|DELETED|NOT_FOUND)$|^MESSAGE_ID_INVALID$/

/** A page of topics; `cursor` is `next` of the page before. */
export async function listTopics(account: Account, peer: KnownPeer, q: string | null, cursor: string | null, limit: number): Promise<object> {
  const [offsetDate, offsetId, offsetTopic] = parseCursor(cursor)
  const request = { peer: inputPeer(peer), q: q ?? undefined, offsetDate, offsetId, offsetTopic, limit }
  const page = await account.caller.call({ _: 'messages.getForumTopics', ...request }, reading(peer))
  const topics = page.topics.filter((topic) => topic._ === 'forumTopic')
  const last = topics.at(-1)
  const top = last && page.messages.find((message) => message.id === last.topMessage)
  // Pages go by the newest message of a topic, or by its creation where Telegram says so.
  const date = last === undefined ? 0 : page.orderByCreateDate === true || top === undefined || top._ === 'messageEmpty' ? last.date : top.date
  const more = last !== undefined && page.topics.length >= limit
  return { topics: topics.map(topicView), total: page.count, next: more ? `${date}.${last.topMessage}.${last.id}` : null }
}

export async function getTopic(account: Account, peer: KnownPeer, topicId: number): Promise<object> {
  try {
    const page = await account.caller.call({ _: 'messages.getForumTopicsByID', peer: inputPeer(peer), topics: [topicId] }, reading(peer))
    const topic = page.topics.find((one) => one._ === 'forumTopic' && one.id === topicId)
    if (topic?._ === 'forumTopic') return topicView(topic)
  } catch (error) {
    if (!noTopic.test(wordOf(error))) throw error
  }
  throw new Problem('topic_not_found')
}

export interface NewTopic {
  title: string
  random_id: string
  icon_emoji?: string
  icon_emoji_id?: string
  icon_color?: number
}

/** Creates a topic once, however often it is asked with one random_id. */
export async function createTopic(account: Account, peer: KnownPeer, topic: NewTopic): Promise<{ status: number; body: object }> {
  const icon = topic.icon_emoji_id ?? (topic.icon_emoji === undefined ? undefined : await iconId(account, topic.icon_emoji))
  const randomId = Long.fromString(topic.random_id)
  try {
    const updates = await account.caller.call({
      _: 'messages.createForumTopic', peer: inputPeer(peer), title: topic.title, randomId,
      iconColor: topic.icon_color, iconEmojiId: icon === undefined ? undefined : Long.fromString(icon),
    }, managing(peer))
    return { status: 201, body: { topic_id: sentId(updates, randomId), title: topic.title, duplicate: false } }
  } catch (error) {
    if (wordOf(error) !== 'RANDOM_ID_DUPLICATE') throw error
    return { status: 200, body: { topic_id: await ownTopicNamed(account, peer, topic.title), title: topic.title, duplicate: true } }
  }
}

export interface TopicChange {
  title?: string
  icon_emoji?: string | null
  icon_emoji_id?: string | null
  closed?: boolean
  hidden?: boolean
}

/**
 * Brings the topic to what is named. The raw method is used because the library's own cannot clear an icon (id 0). Title and icon go
 * together; open/closed and hidden go alone, as Telegram's own clients send them.
 */
export async function editTopic(account: Account, peer: KnownPeer, topicId: number, change: TopicChange): Promise<object> {
  const named = typeof change.icon_emoji === 'string' ? await iconId(account, change.icon_emoji) : change.icon_emoji
  const icon = change.icon_emoji_id === undefined ? named : change.icon_emoji_id
  const iconEmojiId = icon === undefined ? undefined : Long.fromString(icon ?? '0')
  const edits: Partial<tl.messages.RawEditForumTopicRequest>[] = []
  if (change.title !== undefined || icon !== undefined) edits.push({ title: change.title, iconEmojiId })
  if (change.closed !== undefined) edits.push({ closed: change.closed })
  if (change.hidden !== undefined) edits.push({ hidden: change.hidden })
  let changed = false
  for (const edit of edits) {
    try {
      await account.caller.call({ _: 'messages.editForumTopic', peer: inputPeer(peer), topicId, ...edit }, managing(peer))
      changed = true
    } catch (error) {
      if (noTopic.test(wordOf(error))) throw new Problem('topic_not_found', { telegram_error: wordOf(error) })
      // It is so already.
      if (wordOf(error) !== 'TOPIC_NOT_MODIFIED') throw error
    }
  }
  return { changed }
}

/** Deletes a topic with its messages, which Telegram does in rounds. */
export async function deleteTopic(account: Account, peer: KnownPeer, topicId: number): Promise<void> {
  for (let round = 0; round < Limits.deleteRounds; round++) {
    try {
      const done = await account.caller.call({ _: 'messages.deleteTopicHistory', peer: inputPeer(peer), topMsgId: topicId }, managing(peer))
      if (done.offset === 0) return
    } catch (error) {
      if (noTopic.test(wordOf(error))) return
      throw error
    }
  }
  throw new Problem('paced', { retry_after_ms: Limits.queueRetryMs, detail: 'the topic is long: call again to go on' })
}

/** The id that Telegram gave to what was sent with this random_id. */
export function sentId(updates: tl.TypeUpdates, randomId: Long): number | null {
  if (updates._ === 'updateShortSentMessage') return updates.id
  if (updates._ !== 'updates' && updates._ !== 'updatesCombined') return null
  const sent = updates.updates.find((update) => update._ === 'updateMessageID' && update.randomId.eq(randomId))
  return sent?._ === 'updateMessageID' ? sent.id : null
}

async function ownTopicNamed(account: Account, peer: KnownPeer, title: string): Promise<number | null> {
  const request = { peer: inputPeer(peer), q: title, offsetDate: 0, offsetId: 0, offsetTopic: 0, limit: Limits.topicsPageMax }
  const found = await account.caller.call({ _: 'messages.getForumTopics', ...request }, reading(peer))
  const own = found.topics.filter((topic) => topic._ === 'forumTopic' && topic.my === true && topic.title === title)
  return own.length === 0 ? null : Math.max(...own.map((topic) => topic.id))
}

function parseCursor(cursor: string | null): [number, number, number] {
  const match = /^(\d{1,10})\.(\d{1,10})\.(\d{1,10})$/.exec(cursor ?? '0.0.0')
  if (match === null) throw invalid('cursor', '`next` of the page before')
  return [Number(match[1]), Number(match[2]), Number(match[3])]
}

function topicView(topic: tl.RawForumTopic): object {
  const icon = topic.iconEmojiId === undefined || topic.iconEmojiId.isZero() ? null : topic.iconEmojiId.toString()
  return {
    topic_id: topic.id, title: topic.title, icon_emoji_id: icon, icon_color: topic.iconColor, closed: topic.closed === true, hidden: topic.hidden === true,
    pinned: topic.pinned === true, created_at: isoTime(topic.date), mine: topic.my === true,
  }
}
