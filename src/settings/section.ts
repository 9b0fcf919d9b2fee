import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';

type Camel<K> = K extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : K;
export type CamelKeys<T> = { [K in keyof T as Camel<K>]: T[K] };

/**
 * An object of a settings file: unknown keys are problems (with the nearest known key), and `snake_case` in the file
 * becomes `camelCase` in the value. Only the section's own keys are renamed; names given by people (schedules,
 * registries) are values of records and stay as written.
 */
export function section<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .strictObject(shape, {
      error: (issue) =>
        issue.code === 'unrecognized_keys' ? issue.keys.map((key) => unknownKey(key, Object.keys(shape))).join('; ') : undefined,
    })
    .transform((value) => camelKeys(value));
}

export function camelKeys<T extends object>(value: T): CamelKeys<T> {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [camel(key), item])) as CamelKeys<T>;
}

const camel = (key: string) => key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export function unknownKey(key: string, known: string[]): string {
  if (looksSecret(key)) return `a secret does not belong in a file: set it in the environment (or NAME_FILE) and remove this key`;
  const near = known.length > 0 ? closest(key, known) : '';
  return near !== '' && distance(key, near) <= 3 ? `unknown key, did you mean "${near}"?` : `unknown key, known are ${known.join(', ')}`;
}

const looksSecret = (key: string) => /(?:^|_)(?:token|secret|password|passwd|api_?key|private_?key|dsn|database_url)$/i.test(key);
