/** An error whose `userMessage` is fit to show in Slack, on the terminal and to an MCP client. */
export abstract class BotError extends Error {
  /** For logs and tests. Bolt wraps errors that lack one, so it also keeps ours intact. */
  abstract readonly code: string;
  abstract readonly userMessage: string;
}

/** The person asking can put it right. `fixed` is the repaired command, when there is one to offer. */
export class InvalidRequest extends BotError {
  readonly code = 'invalid_request';
  readonly userMessage: string;
  constructor(
    message: string,
    readonly fixed?: string,
  ) {
    super(message);
    this.userMessage = fixed ? `${message}  ${fixed}` : message;
  }
}

/** Who asks may not. */
export class NotAllowed extends BotError {
  readonly code = 'not_allowed';
  constructor(readonly userMessage: string) {
    super(userMessage);
  }
}

/** Settings files cannot be used; every problem is listed, one a line, each with file, line and path. */
export class InvalidSettings extends BotError {
  readonly code = 'invalid_settings';
  readonly userMessage: string;
  constructor(readonly problems: readonly string[]) {
    const text = `The settings cannot be used (${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}):\n${problems.map((p) => `  ${p}`).join('\n')}`;
    super(text);
    this.userMessage = text;
  }
}

/** Something we depend on failed. We name it to the user; the cause may hold a token and stays in the log. */
export class ServiceUnavailable extends BotError {
  readonly code = 'service_unavailable';
  readonly userMessage: string;
  constructor(service: string, advice: string, cause?: unknown) {
    super(`${service} is unavailable`, { cause });
    this.userMessage = `${service} is not answering. ${advice}`;
  }
}

/** A program that has to be on this machine is not. */
export class ToolMissing extends BotError {
  readonly code = 'tool_missing';
  readonly userMessage: string;
  constructor(
    readonly tool: string,
    cause?: unknown,
  ) {
    super(`${tool} is not on PATH`, { cause });
    this.userMessage = `The program "${tool}" is not on this machine's PATH. Install it, or add its folder to PATH, and try again.`;
  }
}

/** The one place where an error becomes words; `reference` is the id under which the log has the rest. */
export function explain(error: unknown, reference: string): string {
  return isBotError(error) ? error.userMessage : `Something broke on my side (reference ${reference}).`;
}

/** Errors replayed by the durable engine are plain objects with their own fields, so the class cannot be asked. */
export function isBotError(error: unknown): error is BotError {
  return (
    error instanceof Error &&
    typeof (error as Partial<BotError>).userMessage === 'string' &&
    typeof (error as Partial<BotError>).code === 'string'
  );
}
