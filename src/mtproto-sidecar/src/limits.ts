/** Every bound of the sidecar, with its reason. Milliseconds unless the name says otherwise. */
export const Limits = {
  // --- Telegram's own (core.telegram.org/api/files, /api/forum, /method/channels.getParticipants) ---
  /** Size of an uploaded part, bytes: the largest Telegram takes. */
  partBytes: 512 * 1024,
  /** Parts of one file for an account without Premium; 4000 × 512 KiB = 2,000 MiB. */
  partsMax: 4000,
  /** Up to here a file goes by saveFilePart, above by saveBigFilePart, bytes. */
  smallFileBytesMax: 10 * 1024 * 1024,
  /** One upload.getFile, bytes: divides 1 MiB and never crosses a MiB boundary when aligned to itself. */
  chunkBytes: 512 * 1024,
  membersPageMax: 200,
  topicsPageMax: 100,
  dialogsPageMax: 100,

  // --- memory ---
  /** Parts of one transfer under way at once. A part costs about 3 MB while it is encrypted and sent. */
  transferWindow: 4,
  /** Transfers running in all: 145 MB resident were measured with 8, of the 256 MB the process is allowed. */
  transfersRunning: 8,
  /** Of one account, so that none takes them all. */
  transfersRunningPerAccount: 4,
  /** Transfers that wait for their turn in all; they hold a socket and no file bytes. */
  transfersWaiting: 64,
  /** A JSON body, bytes: the largest is a message of 4096 characters with 100 entities. */
  bodyBytesMax: 1024 * 1024,
  /** Peers whose access hash is kept per account; 60 bytes each on disk. The oldest go, and are found again in the dialogs. */
  peersPerAccount: 10_000,
  /** Flood waits remembered per account (method and chat); each is one map entry. */
  floodsPerAccount: 1_000,
  /** What is still read of a refused upload so that the client hears the answer and not a reset, bytes and time. openapi.json names it. */
  drainBytes: 32 * 1024 * 1024,
  drainMs: 5_000,

  // --- queues ---
  /** Calls of one account at once. Telegram answers one session in parallel; more only moves the queue to its side. */
  callsRunningPerAccount: 8,
  callsWaitingPerAccount: 64,
  /** Calls waiting over all accounts: 50 accounts with 10 each, and room. */
  callsWaiting: 1_024,
  /** A caller is told to come back after this when a queue is full. */
  queueRetryMs: 1_000,
  /** HTTP connections: EdgeProxy needs some dozens. */
  connectionsMax: 512,
  /** Accounts: 50 are asked for; each holds a connection to Telegram and some 100 KB. */
  accountsMax: 200,

  // --- waits ---
  /** One call to Telegram. Slow ones (createChannel) take seconds; beyond a minute nobody knows. */
  callMs: 60_000,
  /** One part of a file: over a slow line a window of parts shares it. */
  partMs: 180_000,
  /** sendMedia of a file of 2,000 MiB: Telegram puts 4000 parts together first. */
  sendMediaMs: 180_000,
  /** A TCP connection to a data centre. */
  connectMs: 10_000,
  /** A pacing turn is waited for this long in the call itself; a longer wait goes back to the job. */
  paceWaitMs: 2_000,
  /** A download whose headers are out sits out a flood wait up to here; beyond it is cut off and goes on by Range. */
  downloadFloodMs: 30_000,
  /** A login waits this long for its next step: Telegram's codes live for some minutes. */
  loginMs: 10 * 60_000,
  /** Telegram's set of topic icons changes a few times a year. */
  iconsMs: 60 * 60_000,
  /** A chat that was in no dialog is not looked for again sooner: the look costs up to 100 calls. */
  unknownPeerMs: 60_000,
  /** Salts and peers reach the disk after this; losing them costs a round trip. Keys are written at once. */
  saveDelayMs: 2_000,
  /** On SIGTERM running calls may finish within this. */
  stopMs: 10_000,
  /** Telegram's clock and the job's may differ by this when a created group is looked for. */
  clockDifferenceMs: 60_000,
  /** Headers of a request. Bodies have no limit in time: an upload is as slow as Telegram. */
  headersMs: 10_000,
  /** Longer than .NET keeps an idle connection (60 s), so that it is the client that lets go first. */
  keepAliveMs: 75_000,

  // --- loops ---
  /** Pages of dialogs read for a chat id the account has not met: 10,000 dialogs. */
  dialogPagesForPeer: 100,
  /** Pages of dialogs read for a group created since T: it is among the newest. */
  dialogPagesForOwnChats: 10,
  /** Rounds of deleteTopicHistory in one call; a longer topic answers `paced` and is called again. */
  deleteRounds: 500,
  /** Repeats of a call that Telegram failed internally (5xx), one second apart; the job repeats after that. */
  internalRetries: 2,
} as const

/**
 * Pacing of one account by method family: `burst` calls at once, then `perSecond`. Telegram publishes no figures and answers
 * FLOOD_WAIT when it has had enough; these stay below what makes it do so in ordinary use.
 */
export const Paces = {
  /** New groups: Telegram waits for days when an account makes dozens. */
  create: { burst: 10, perSecond: 0.1 },
  /** Members in, rights, topics, photos. */
  manage: { burst: 30, perSecond: 2 },
  send: { burst: 20, perSecond: 2 },
  /** Lists and look-ups. */
  read: { burst: 40, perSecond: 15 },
  /** Codes and passwords, up to three calls a step: guessing is Telegram's to stop, hammering ours. */
  login: { burst: 20, perSecond: 0.2 },
  /** Parts of files: bounded by the window. */
  transfer: { burst: 1_000, perSecond: 1_000 },
} as const
export type Family = keyof typeof Paces
