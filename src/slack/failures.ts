import { ErrorCode } from '@slack/web-api';

/** What a failed Web API call means for what was asked of it. */
export type Failure =
  /** It was refused because of the pace; nothing happened. */
  | { kind: 'paced'; retryAfterMs: number; code: string }
  /** Slack said no; nothing happened. */
  | { kind: 'refused'; code: string }
  /** It may or may not have happened. */
  | { kind: 'unknown'; code: string };

/** Errors by which Slack itself says that it cannot tell whether it got done. */
const unclear = new Set(['internal_error', 'fatal_error', 'request_timeout', 'service_unavailable', 'team_added_to_org']);

export function failureOf(error: unknown): Failure {
  const { code, data, retryAfter } = error as { code?: unknown; data?: { error?: unknown }; retryAfter?: unknown };
  if (code === ErrorCode.RateLimitedError) return { kind: 'paced', code: 'ratelimited', retryAfterMs: Number(retryAfter ?? 30) * 1000 };
  if (code === ErrorCode.PlatformError && typeof data?.error === 'string') {
    if (data.error === 'ratelimited') return { kind: 'paced', code: 'ratelimited', retryAfterMs: 30_000 };
    return { kind: unclear.has(data.error) ? 'unknown' : 'refused', code: data.error };
  }
  return { kind: 'unknown', code: error instanceof Error ? error.message.slice(0, 200) : 'unknown' };
}

/** The channel cannot be written to; asking for an invitation may help. */
export const notInvited = new Set(['not_in_channel', 'channel_not_found']);
/** The message is not there any more. */
export const deleted = new Set(['message_not_found', 'thread_not_found']);
/** What was answered to is not there any more. */
export const noParent = new Set([...deleted, 'cannot_reply_to_message', 'invalid_thread_ts']);
/** The message is there and stays as it is. */
export const frozen = new Set(['cant_update_message', 'edit_window_closed', 'is_inactive', 'block_mismatch', 'streaming_state_conflict']);
/** Slack refused the layout; the words alone may pass. */
export const layout = new Set([
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_blocks_too_long',
  'msg_too_long',
  'invalid_metadata_format',
  'metadata_too_large',
]);
