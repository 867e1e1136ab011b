import { Long, type tl } from '@mtcute/core'
import type { Account } from '../account.ts'
import { Limits } from '../limits.ts'
import { invalid, Problem, wordOf } from '../problem.ts'
import type { KnownPeer } from '../state/account.ts'
import { reading } from '../telegram/caller.ts'
import { inputChannel, inputPeer, inputUser, markPeer } from '../telegram/peers.ts'
import { isoTime } from './chats.ts'
import { sentId } from './topics.ts'
import { inputFile, type UploadedFile } from './uploads.ts'

export const entityTypes = [
  'bold', 'italic', 'underline', 'strikethrough', 'spoiler', 'code', 'pre', 'blockquote', 'expandable_blockquote', 'text_link', 'text_mention', 'custom_emoji',
  'mention', 'hashtag', 'cashtag', 'bot_command', 'url', 'email', 'phone_number',
] as const

export interface Entity {
  type: (typeof entityTypes)[number]
  offset: number
  length: number
  url?: string
  language?: string
  custom_emoji_id?: string
  user_id?: number
}

export interface OutgoingFile extends UploadedFile {
  mime_type?: string
  as?: 'document' | 'photo' | 'video' | 'audio'
  width?: number
  height?: number
  duration_s?: number
  performer?: string
  title?: string
  spoiler?: boolean
}

export interface Outgoing {
  random_id: string
  text?: string
  entities?: Entity[]
  topic_id?: number
  reply_to_message_id?: number
  silent?: boolean
  protect_content?: boolean
  no_link_preview?: boolean
  file?: OutgoingFile
}

/** Sends once, however often it is asked with one random_id: RANDOM_ID_DUPLICATE says that it was sent. */
export async function sendMessage(account: Account, peer: KnownPeer, message: Outgoing): Promise<object> {
  if (message.file === undefined && (message.text ?? '') === '') throw invalid('text', 'a text or a file is needed')
  const randomId = Long.fromString(message.random_id)
  const common = {
    peer: inputPeer(peer), randomId, message: message.text ?? '', silent: message.silent, noforwards: message.protect_content,
    replyTo: replyTo(message), entities: await entities(account, message.entities),
  }
  const how = { family: 'send', chat: peer.chatId } as const
  try {
    const updates = message.file === undefined
      ? await account.caller.call({ _: 'messages.sendMessage', ...common, noWebpage: message.no_link_preview }, how)
      : await account.caller.call({ _: 'messages.sendMedia', ...common, media: media(message.file) }, { ...how, timeoutMs: Limits.sendMediaMs })
    return { outcome: 'sent', message_id: sentId(updates, randomId), date: 'date' in updates ? isoTime(updates.date) : null, duplicate: false }
  } catch (error) {
    const word = wordOf(error)
    if (word === 'RANDOM_ID_DUPLICATE') return { outcome: 'sent', message_id: null, date: null, duplicate: true }
    const missing = /^FILE_PART_(\d+)_MISSING$/.exec(word)
    if (missing === null) throw error
    throw new Problem('file_part_missing', { telegram_error: word, next_part: Number(missing[1]), detail: 'upload it again from this part' })
  }
}

/** A topic is a reply to the message that began it; General (1) is not. */
function replyTo({ topic_id: topic, reply_to_message_id: reply }: Outgoing): tl.RawInputReplyToMessage | undefined {
  const inTopic = topic !== undefined && topic !== 1
  if (reply !== undefined) return { _: 'inputReplyToMessage', replyToMsgId: reply, topMsgId: inTopic ? topic : undefined }
  return inTopic ? { _: 'inputReplyToMessage', replyToMsgId: topic, topMsgId: topic } : undefined
}

function media(file: OutgoingFile): tl.TypeInputMedia {
  if (file.as === 'photo') return { _: 'inputMediaUploadedPhoto', file: inputFile(file), spoiler: file.spoiler }
  const attributes: tl.TypeDocumentAttribute[] = [{ _: 'documentAttributeFilename', fileName: file.name }]
  if (file.as === 'video') {
    attributes.push({ _: 'documentAttributeVideo', supportsStreaming: true, duration: file.duration_s ?? 0, w: file.width ?? 0, h: file.height ?? 0 })
  } else if (file.as === 'audio') {
    attributes.push({ _: 'documentAttributeAudio', duration: Math.round(file.duration_s ?? 0), title: file.title, performer: file.performer })
  }
  const forceFile = (file.as ?? 'document') === 'document'
  const mimeType = file.mime_type ?? 'application/octet-stream'
  return { _: 'inputMediaUploadedDocument', file: inputFile(file), mimeType, attributes, forceFile, spoiler: file.spoiler }
}

async function entities(account: Account, list: Entity[] | undefined): Promise<tl.TypeMessageEntity[] | undefined> {
  return list === undefined || list.length === 0 ? undefined : Promise.all(list.map((one) => entity(account, one)))
}

async function entity(account: Account, { type, offset, length, ...more }: Entity): Promise<tl.TypeMessageEntity> {
  const at = { offset, length }
  const need = <T>(value: T | undefined, name: string): T => {
    if (value === undefined) throw invalid('entities', `${type} needs ${name}`)
    return value
  }
  switch (type) {
    case 'bold': return { _: 'messageEntityBold', ...at }
    case 'italic': return { _: 'messageEntityItalic', ...at }
    case 'underline': return { _: 'messageEntityUnderline', ...at }
    case 'strikethrough': return { _: 'messageEntityStrike', ...at }
    case 'spoiler': return { _: 'messageEntitySpoiler', ...at }
    case 'code': return { _: 'messageEntityCode', ...at }
    case 'pre': return { _: 'messageEntityPre', ...at, language: more.language ?? '' }
    case 'blockquote': return { _: 'messageEntityBlockquote', ...at }
    case 'expandable_blockquote': return { _: 'messageEntityBlockquote', ...at, collapsed: true }
    case 'text_link': return { _: 'messageEntityTextUrl', ...at, url: need(more.url, 'url') }
    case 'text_mention': return { _: 'inputMessageEntityMentionName', ...at, userId: inputUser(await account.peers.find(`${need(more.user_id, 'user_id')}`)) }
    case 'custom_emoji': return { _: 'messageEntityCustomEmoji', ...at, documentId: Long.fromString(need(more.custom_emoji_id, 'custom_emoji_id')) }
    case 'mention': return { _: 'messageEntityMention', ...at }
    case 'hashtag': return { _: 'messageEntityHashtag', ...at }
    case 'cashtag': return { _: 'messageEntityCashtag', ...at }
    case 'bot_command': return { _: 'messageEntityBotCommand', ...at }
    case 'url': return { _: 'messageEntityUrl', ...at }
    case 'email': return { _: 'messageEntityEmail', ...at }
    case 'phone_number': return { _: 'messageEntityPhone', ...at }
  }
}

export async function getMessage(account: Account, peer: KnownPeer, id: number): Promise<tl.RawMessage | tl.RawMessageService> {
  const ids: tl.TypeInputMessage[] = [{ _: 'inputMessageID', id }]
  const how = reading(peer)
  const result = peer.kind === 'supergroup' || peer.kind === 'channel'
    ? await account.caller.call({ _: 'channels.getMessages', channel: inputChannel(peer), id: ids }, how)
    : await account.caller.call({ _: 'messages.getMessages', id: ids }, how)
  const message = result._ === 'messages.messagesNotModified' ? undefined : result.messages.find((one) => one.id === id)
  if (message === undefined || message._ === 'messageEmpty' || markPeer(message.peerId) !== peer.chatId) throw new Problem('message_not_found')
  return message
}

/** Where the bytes of a message's file are. */
export interface RemoteFile {
  id: string
  size: number
  mimeType: string
  name: string | null
  dc: number
  location: tl.TypeInputFileLocation
}

export function fileOf(message: tl.RawMessage | tl.RawMessageService): RemoteFile | null {
  const media = message._ === 'message' ? message.media : undefined
  if (media?._ === 'messageMediaDocument' && media.document?._ === 'document') {
    const { id, accessHash, fileReference, size, mimeType, dcId, attributes } = media.document
    const named = attributes.find((attribute) => attribute._ === 'documentAttributeFilename')
    const location = { _: 'inputDocumentFileLocation', id, accessHash, fileReference, thumbSize: '' } as const
    return { id: id.toString(), size, mimeType, name: named?.fileName ?? null, dc: dcId, location }
  }
  if (media?._ === 'messageMediaPhoto' && media.photo?._ === 'photo') {
    const { id, accessHash, fileReference, sizes, dcId } = media.photo
    const [largest] = sizes.flatMap(photoSize).sort((a, b) => b.size - a.size)
    if (largest === undefined) return null
    const location = { _: 'inputPhotoFileLocation', id, accessHash, fileReference, thumbSize: largest.type } as const
    return { id: id.toString(), size: largest.size, mimeType: 'image/jpeg', name: null, dc: dcId, location }
  }
  return null
}

function photoSize(one: tl.TypePhotoSize): { type: string; size: number }[] {
  if (one._ === 'photoSize') return [{ type: one.type, size: one.size }]
  return one._ === 'photoSizeProgressive' ? [{ type: one.type, size: Math.max(...one.sizes) }] : []
}

export function messageView(message: tl.RawMessage | tl.RawMessageService): object {
  const file = fileOf(message)
  const reply = message.replyTo?._ === 'messageReplyHeader' && message.replyTo.forumTopic === true ? message.replyTo : undefined
  return {
    message_id: message.id, date: isoTime(message.date), from_id: message.fromId === undefined ? null : markPeer(message.fromId),
    topic_id: reply?.replyToTopId ?? reply?.replyToMsgId ?? null, text: message._ === 'message' ? message.message : '',
    file: file === null ? null : { name: file.name, size: file.size, mime_type: file.mimeType },
  }
}
