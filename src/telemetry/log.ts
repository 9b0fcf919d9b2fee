import pino from 'pino';
import { redact } from '../security/redact.js';

export type Log = pino.Logger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LogOptions {
  level: LogLevel;
  /** A stream, or the path of a file. Default: standard error, because standard output belongs to `--json`. */
  destination?: pino.DestinationStream | string;
}

/**
 * The bot's log (OB-1): one JSON object a line, fixed message, data as fields; `log.child({ run, repo })` puts the ids on
 * every line. Secrets are taken out of the finished line, so no field, nested error or message can carry one past.
 */
export function createLog({ level, destination }: LogOptions): Log {
  const stream =
    typeof destination === 'object'
      ? destination
      : pino.destination(destination === undefined ? { dest: 2, sync: true } : { dest: destination, sync: true, mkdir: true, mode: 0o600 });
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
      hooks: { streamWrite: redactLine },
    },
    stream,
  );
}

/** Fields that hold a secret by their name, whatever it looks like. */
const secretField = /^(?:.*[_-])?(?:token|password|passwd|secret|authorization|cookie|api_?key|trigger_id|connection_?string)$/i;

/** Value by value, so that the line stays JSON and an escaped line break cannot hide where a token begins. */
function redactLine(line: string): string {
  try {
    const safe = JSON.stringify(JSON.parse(line), (key, value: unknown) => {
      if (typeof value === 'string') return secretField.test(key) ? '[redacted]' : redact(value);
      return value;
    });
    return `${safe}\n`;
  } catch {
    return `${JSON.stringify({ level: 'error', msg: redact(line) })}\n`;
  }
}
