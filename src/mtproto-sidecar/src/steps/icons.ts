import type { Account } from '../account.ts'
import { Limits } from '../limits.ts'
import { Problem } from '../problem.ts'

/** Telegram's own set of topic icons, asked at run time and kept for a while. */
export async function topicIcons(account: Account): Promise<{ emoji: string; id: string }[]> {
  if (account.icons !== null && performance.now() - account.icons.at < Limits.iconsMs) return account.icons.list
  const stickerset = { _: 'inputStickerSetEmojiDefaultTopicIcons' } as const
  const set = await account.caller.call({ _: 'messages.getStickerSet', stickerset, hash: 0 }, { family: 'read' })
  if (set._ !== 'messages.stickerSet') throw new Problem('outcome_unknown', { method: 'messages.getStickerSet', detail: 'Telegram answered without the set' })
  const list: { emoji: string; id: string }[] = []
  for (const document of set.documents) {
    if (document._ !== 'document') continue
    const custom = document.attributes.find((attribute) => attribute._ === 'documentAttributeCustomEmoji')
    const emoji = custom?.alt ?? set.packs.find((pack) => pack.documents.some((id) => id.eq(document.id)))?.emoticon
    if (emoji !== undefined) list.push({ emoji, id: document.id.toString() })
  }
  account.icons = { at: performance.now(), list }
  return list
}

/** An emoji may be written with or without the variation selector. */
const plain = (emoji: string) => emoji.replaceAll('\ufe0f', '')

export async function iconId(account: Account, emoji: string): Promise<string> {
  const icon = (await topicIcons(account)).find((one) => plain(one.emoji) === plain(emoji))
  if (icon === undefined) throw new Problem('icon_unknown', { detail: "this emoji is not in Telegram's set of topic icons" })
  return icon.id
}
