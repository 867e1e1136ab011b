import type { Long, SessionConnection } from '@mtcute/core'

/** Telegram refused the envelope, so the call was certainly not done (core.telegram.org/mtproto/service_messages). */
const notDone = /^(bad_server_salt|bad_msg_notification|CONNECTION_NOT_INITED)/

/**
 * The library sends calls again by itself: when the server has forgotten the session or the answer, and even on a live connection when it
 * says that there is an answer which has not come. What Telegram would do twice (a creation, a photo) must not go that way. All of it passes
 * through one private method of the library, which is pinned exactly; there such a call is handed to `inDoubt` instead. The answer may still
 * come, on the next connection too, and then there is no doubt.
 */
export function neverTwice(connection: SessionConnection, isOnce: (method: string) => boolean, inDoubt: (method: string) => void): void {
  const sendAgain = connection['_onMessageFailed'] as unknown
  if (typeof sendAgain !== 'function') throw new TypeError('the library has changed: _onMessageFailed')
  connection['_onMessageFailed'] = (id: Long, reason: string, inContainer?: boolean) => {
    const message = connection._session.pendingMessages.get(id)
    if (message?._ === 'rpc' && isOnce(message.rpc.method) && !notDone.test(reason)) inDoubt(message.rpc.method)
    else sendAgain.call(connection, id, reason, inContainer)
  }
}
