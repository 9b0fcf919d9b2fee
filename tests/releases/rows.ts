// Old releases with a known defect, and the releases that mended it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../src/process/entry-point.js';
import { corpusClasses } from '../corpus/classes.js';

const Side = z.strictObject({
  version: z.string().regex(/^\d+(\.\w+)*$/),
  file: z.string().regex(/^[\w@][\w@./-]*$/),
  lines: z
    .string()
    .regex(/^\d+-\d+$/)
    .transform((text) => text.split('-').map(Number) as [number, number]),
});

const Row = z.strictObject({
  package: z.string().regex(/^(@[a-z][\w-]*\/)?[a-z][\w.-]*$/),
  ecosystem: z.enum(['npm', 'pypi']),
  class: z.enum(corpusClasses),
  advisory: z.string().regex(/^(CVE-\d{4}-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3})$/),
  about: z.string().min(1),
  old: Side,
  fixed: Side,
});
export type ReleaseRow = z.infer<typeof Row>;
export type ReleaseSide = ReleaseRow['old'];

export async function readRows(file = join(packageRoot, 'tests', 'releases', 'releases.yaml')): Promise<ReleaseRow[]> {
  const rows = z
    .array(Row)
    .min(1)
    .safeParse(parse(await readFile(file, 'utf8')));
  if (!rows.success) throw new Error(`${file} cannot be read:\n${z.prettifyError(rows.error)}`);
  return rows.data;
}
