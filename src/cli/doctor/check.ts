import { isBotError } from '../../errors.js';
import { shorten, signs } from '../text.js';

export interface Check {
  sign: typeof signs.done | typeof signs.look | typeof signs.failed;
  name: string;
  detail: string;
  /** What to do about it. */
  advice: string | null;
}

export const fine = (name: string, detail: string): Check => ({ sign: signs.done, name, detail, advice: null });
export const warning = (name: string, detail: string, advice: string): Check => ({ sign: signs.look, name, detail, advice });
export const failed = (name: string, detail: string, advice: string): Check => ({ sign: signs.failed, name, detail, advice });

export function problem(name: string, error: unknown): Check {
  if (isBotError(error)) return failed(name, error.userMessage, 'Put it right and run mahavishnu doctor again.');
  return failed(name, shorten(error instanceof Error ? error.message : String(error), 300), 'This check could not be made.');
}

/** A check that breaks is a failure that is shown, and the others are made all the same. */
export async function guarded(name: string, checks: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await checks();
  } catch (error) {
    return [problem(name, error)];
  }
}
