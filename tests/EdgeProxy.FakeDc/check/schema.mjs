// Writes ../Tl/schema.txt and ../Tl/methods.txt from the schema that the library carries. Run again when the library is raised:
//   node schema.mjs NODE_MODULES
// schema.txt holds only what the fake data centre reads or writes: the methods below, everything their arguments can hold, and the
// constructors that its answers are made of. methods.txt names every other method, so that a refusal can say what was asked for.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const methods = `
invokeAfterMsg invokeWithLayer initConnection invokeWithoutUpdates
help.getConfig help.getNearestDc help.getAppConfig help.getPremiumPromo
auth.sendCode auth.resendCode auth.cancelCode auth.signIn auth.checkPassword auth.logOut auth.exportAuthorization auth.importAuthorization
auth.bindTempAuthKey auth.resetAuthorizations
account.getPassword account.updateStatus account.getAuthorizations account.resetAuthorization
users.getUsers users.getFullUser updates.getState updates.getDifference updates.getChannelDifference
contacts.resolveUsername contacts.resolvePhone contacts.getContacts contacts.search
messages.getDialogs messages.getPeerDialogs messages.getHistory messages.search messages.getMessages messages.getReplies
messages.sendMessage messages.sendMedia messages.sendMultiMedia messages.uploadMedia messages.editMessage messages.deleteMessages
messages.readHistory messages.editChatAbout messages.setTyping messages.editChatDefaultBannedRights
messages.createForumTopic messages.editForumTopic messages.getForumTopics messages.getForumTopicsByID messages.updatePinnedForumTopic
messages.reorderPinnedForumTopics messages.getStickerSet messages.getCustomEmojiDocuments messages.exportChatInvite messages.deleteTopicHistory
channels.createChannel channels.deleteChannel channels.toggleForum channels.getChannels channels.getFullChannel channels.getParticipants
channels.getParticipant channels.editTitle channels.editPhoto channels.inviteToChannel channels.editAdmin channels.leaveChannel
channels.getMessages channels.readHistory channels.deleteMessages channels.editBanned channels.joinChannel channels.togglePreHistoryHidden
upload.saveFilePart upload.saveBigFilePart upload.getFile upload.getFileHashes
`.trim().split(/\s+/)

// Types of arguments that are not followed: the constructors that are used of them stand below by name.
const notFollowed = new Set(['InputMedia', 'ReplyMarkup', 'RichMessage', 'InputRichMessage', 'InputInvoice', 'Document', 'Photo', 'JSONValue'])

const constructors = `
inputMediaEmpty inputMediaUploadedPhoto inputMediaPhoto inputMediaUploadedDocument inputMediaDocument inputMediaPhotoExternal
jsonNull jsonBool jsonNumber jsonString jsonArray jsonObject jsonObjectValue
config dcOption nearestDc help.appConfig
auth.sentCode auth.sentCodeTypeSms auth.sentCodeTypeApp auth.authorization auth.loggedOut auth.exportedAuthorization
account.password passwordKdfAlgoUnknown passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow
securePasswordKdfAlgoUnknown securePasswordKdfAlgoSHA512 account.authorizations authorization
user userEmpty userStatusRecently userStatusEmpty userFull users.userFull peerSettings peerNotifySettings username
updates.state updates.differenceEmpty updates.channelDifferenceEmpty
contacts.resolvedPeer contacts.contactsNotModified contacts.contacts contacts.found
peerUser peerChat peerChannel channel channelForbidden channelFull messages.chatFull chatPhotoEmpty chatPhoto photoEmpty photo photoSize
photoSizeProgressive chatInviteExported userProfilePhotoEmpty
messages.dialogs messages.dialogsSlice messages.peerDialogs dialog messages.messages messages.messagesSlice messages.channelMessages
message messageService messageEmpty messageMediaPhoto messageMediaDocument document documentEmpty
messageActionChannelCreate messageActionTopicCreate messageActionTopicEdit messageActionChatEditTitle messageActionChatEditPhoto
messageActionChatAddUser messageReplyHeader messages.affectedMessages messages.affectedHistory
updates updatesCombined updateShort updateNewMessage updateNewChannelMessage updateMessageID updateChannel updateDeleteChannelMessages
updateEditChannelMessage updateEditMessage updateDeleteMessages updateChannelParticipant
forumTopic forumTopicDeleted messages.forumTopics
messages.stickerSet stickerSet stickerPack stickerKeyword
channels.channelParticipants channels.channelParticipant channelParticipant channelParticipantSelf channelParticipantCreator
channelParticipantAdmin channelParticipantBanned channelParticipantLeft chatAdminRights chatBannedRights
messages.invitedUsers missingInvitee messages.chats
upload.file storage.fileUnknown storage.filePartial storage.fileJpeg storage.filePng fileHash
`.trim().split(/\s+/)

const tl = join(process.argv[2], '@mtcute/core/tl')
const api = JSON.parse(readFileSync(join(tl, 'api-schema.json'), 'utf8'))
const mtp = JSON.parse(readFileSync(join(tl, 'mtp-schema.json'), 'utf8'))
const byName = new Map(api.e.map(entry => [entry.name, entry]))
const byType = new Map()
for (const entry of api.e.filter(it => it.kind === 'class')) byType.set(entry.type, [...(byType.get(entry.type) ?? []), entry])
const builtIn = new Set(['#', 'int', 'long', 'int53', 'double', 'string', 'bytes', 'int128', 'int256', 'true', 'Bool', '!X'])
const boxed = name => !builtIn.has(name)

const taken = new Map()
function take(name, follow) {
  if (taken.has(name)) return
  const entry = byName.get(name)
  if (!entry) throw new Error('the library has no ' + name)
  taken.set(name, entry)
  if (!follow) return
  for (const { type } of entry.arguments) {
    if (!boxed(type) || notFollowed.has(type)) continue
    for (const member of byType.get(type) ?? []) take(member.name, true)
  }
}
for (const name of methods) take(name, true)
for (const name of constructors) take(name, name.startsWith('inputMedia'))

const bare = name => name.replace(/^mt_/, '')
function typeText(it) {
  const modifiers = it.typeModifiers ?? {}
  let text = it.type === 'int53' ? 'long' : bare(it.type)
  if (modifiers.isVector) text = `Vector<${text}>`
  if (modifiers.isBareVector) text = `vector<${text}>`
  if (modifiers.predicate) text = `${modifiers.predicate}?${text}`
  return text
}
function line(entry) {
  const id = (entry.id >>> 0).toString(16).padStart(8, '0')
  const fields = entry.arguments.map(it => ` ${it.name}:${typeText(it)}`).join('')
  return `${bare(entry.name)}#${id}${fields} = ${typeText({ type: entry.type, typeModifiers: entry.typeModifiers })};`
}
const kind = wanted => entry => entry.kind === wanted
const all = [...mtp, ...taken.values()]
const text = [
  `// layer ${api.l}`,
  ...all.filter(kind('class')).map(line),
  '---functions---',
  ...all.filter(kind('method')).map(line),
  '',
].join('\n')
writeFileSync(new URL('../Tl/schema.txt', import.meta.url), text)
const others = api.e.filter(kind('method')).filter(entry => !taken.has(entry.name))
writeFileSync(new URL('../Tl/methods.txt', import.meta.url), others.map(entry => `${(entry.id >>> 0).toString(16).padStart(8, '0')} ${entry.name}\n`).join(''))
console.log(`layer ${api.l}: ${all.length} combinators, ${text.length} bytes; ${others.length} other methods`)
