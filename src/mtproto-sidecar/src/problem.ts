/** What went wrong, as the caller sees it (RFC 9457). `outcome` says whether trying again is safe. See openapi.json. */

const statusOf = {
  invalid_request: 400, session_invalid: 400, icon_unknown: 400, code_invalid: 400, code_expired: 400, password_invalid: 400, phone_invalid: 400,
  unauthorized: 401,
  not_found: 404, account_not_found: 404, peer_unknown: 404, topic_not_found: 404, message_not_found: 404, no_file: 404,
  method_not_allowed: 405,
  account_exists: 409, account_revoked: 409, login_not_started: 409, login_step: 409,
  body_too_large: 413,
  range_not_satisfiable: 416,
  telegram_refused: 422, file_part_missing: 422,
  flood_wait: 429, paced: 429,
  internal: 500,
  telegram_unavailable: 502,
  queue_full: 503, stopping: 503,
  outcome_unknown: 504,
} as const
export type Code = keyof typeof statusOf

export interface ProblemDetails {
  detail?: string
  reason?: string
  field?: string
  retry_after_ms?: number
  telegram_error?: string
  telegram_code?: number
  method?: string
  next_part?: number
}

const titleOf: Partial<Record<Code, string>> = {
  session_invalid: 'session refused',
  account_revoked: 'session no longer valid',
  code_invalid: 'Telegram refused', code_expired: 'Telegram refused', password_invalid: 'Telegram refused', phone_invalid: 'Telegram refused',
  telegram_refused: 'Telegram refused',
  paced: 'this account goes no faster',
  queue_full: 'too many calls wait',
  stopping: 'the sidecar stops',
  telegram_unavailable: 'Telegram cannot be reached',
  outcome_unknown: 'nobody knows whether it was done',
  login_not_started: 'no login under way',
  no_file: 'the message has no file',
}

export class Problem extends Error {
  readonly status: number
  constructor(readonly code: Code, readonly details: ProblemDetails = {}) {
    super(code)
    this.status = statusOf[code]
  }

  get outcome(): 'refused' | 'unknown' {
    return this.code === 'outcome_unknown' || this.code === 'internal' ? 'unknown' : 'refused'
  }

  /** The same problem with more said, such as how far an upload came. */
  with(more: ProblemDetails): Problem {
    return new Problem(this.code, { ...this.details, ...more })
  }

  toJSON(): object {
    const title = titleOf[this.code] ?? this.code.replaceAll('_', ' ')
    return { type: 'about:blank', title, status: this.status, code: this.code, outcome: this.outcome, ...this.details }
  }
}

export function invalid(field: string, rule: string): Problem {
  return new Problem('invalid_request', { field, detail: `${field}: ${rule}` })
}

/** Telegram's own word for a refusal, such as TOPIC_NOT_MODIFIED; empty for anything else. */
export function wordOf(error: unknown): string {
  return error instanceof Problem ? error.details.telegram_error ?? '' : ''
}
