import type { Logger } from '@slack/bolt';
import { WebClient, type WebClientOptions } from '@slack/web-api';

interface Access {
  botToken: string;
  /** Another workspace server than slack.com. */
  slackApiUrl?: string | undefined;
  logger?: Logger;
}

const base = ({ slackApiUrl, logger }: Omit<Access, 'botToken'>): WebClientOptions => ({
  ...(slackApiUrl ? { slackApiUrl } : {}),
  ...(logger ? { logger } : {}),
  allowAbsoluteUrls: false,
});

/** For the outbox: it rejects on 429 instead of pausing everything, and never repeats a post by itself. */
export function createOutboxClient(access: Access): WebClient {
  return new WebClient(access.botToken, { ...base(access), retryConfig: { retries: 0 }, timeout: 10_000, rejectRateLimitedCalls: true });
}

/** For what a person waits on within seconds: `views.open`, private answers, lookups of who may do what. */
export function createInteractiveClient(access: Access): WebClient {
  return new WebClient(access.botToken, { ...base(access), ...interactiveOptions(), rejectRateLimitedCalls: true });
}

/** A new object on every call: Bolt and its Socket Mode client write into the one they are given. */
export function interactiveOptions(): WebClientOptions {
  return { retryConfig: { retries: 1, minTimeout: 100, maxTimeout: 200 }, timeout: 2500 };
}
