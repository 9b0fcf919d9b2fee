// The corpus: small programs with one defect each, and twins that look the same and have none. One file of cases/ is one case.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../../src/process/entry-point.js';
import { corpusClasses } from './classes.js';

/** Ends a line of a bad case where the defect may be reported; cut off before anyone reviews the line. */
const EXPECTED = /[ \t]*◄[ \t]*$/;
/** Stands inside of made-up credentials, so that no scanner of this repository takes them for real ones; left out when written. */
const SEAM = /¦/g;
/** What a reviewer must not read in the code it reviews. */
const HINT = /vulnerab|insecure|malicious|exploit|attack|CVE-|GHSA-|traversal|injection|forgery|\bbad\b|\bunsafe\b/i;

const CaseFile = z.strictObject({
  class: z.enum(corpusClasses),
  language: z.enum(['python', 'typescript']),
  verdict: z.enum(['bad', 'good']),
  /** The file name, without .yaml, of the case of the other verdict that looks the same. Several good ones may name one bad one. */
  twin: z.string().min(1),
  /** The public report the case was reduced from: an id such as CVE-2024-23334, or an address. */
  source: z
    .string()
    .regex(/^(CVE-\d{4}-\d{4,}|GHSA(-[23456789cfghjmpqrvwx]{4}){3}|https:\/\/\S+)$/)
    .optional(),
  /** What is wrong here, or why nothing is. */
  about: z.string().min(1),
  files: z.record(z.string().regex(/^[a-z_][\w/-]*\.(py|[cm]?[jt]sx?)$/), z.string().min(1)),
});

export interface CorpusCase extends Omit<z.infer<typeof CaseFile>, 'files'> {
  /** Folder and file name of the case, such as `open-redirect/py-login-bad`. */
  id: string;
  /** The folder it is reviewed in. Says nothing. */
  folder: string;
  files: { name: string; text: string; expected: ReadonlySet<number> }[];
}

/** Reads every case; all problems are told at once. */
export async function readCases(folder = join(packageRoot, 'tests', 'corpus', 'cases')): Promise<CorpusCase[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.yaml')).sort();
  const problems: string[] = [];
  const cases: CorpusCase[] = [];
  for (const name of names) {
    try {
      cases.push(readCase(name.replace(/\.yaml$/, ''), await readFile(join(folder, name), 'utf8')));
    } catch (error) {
      problems.push(`${name}: ${error instanceof z.ZodError ? z.prettifyError(error) : String(error)}`);
    }
  }
  const byId = new Map(cases.map((one) => [one.id, one]));
  for (const one of cases) {
    const twin = byId.get(`${one.class}/${one.twin}`);
    if (!twin || twin.verdict === one.verdict || twin.language !== one.language) {
      problems.push(`${one.id}: ${one.twin} is no case of this class and language with the other verdict`);
    }
  }
  if (problems.length > 0) throw new Error(`The corpus cannot be read:\n${problems.join('\n')}`);
  return cases;
}

function readCase(id: string, yaml: string): CorpusCase {
  const { files, ...head } = CaseFile.parse(parse(yaml));
  if (!id.startsWith(`${head.class}/`)) throw new Error(`belongs in the folder ${head.class}`);
  const read = Object.entries(files).map(([name, marked]) => {
    const lines = marked.split('\n');
    const expected = new Set(lines.flatMap((line, at) => (EXPECTED.test(line) ? [at + 1] : [])));
    const text = lines.map((line) => line.replace(EXPECTED, '').replace(SEAM, '')).join('\n');
    const hint = HINT.exec(`${name}\n${text}`);
    if (hint) throw new Error(`the code gives away what it is: "${hint[0]}"`);
    return { name, text, expected };
  });
  const marked = read.some(({ expected }) => expected.size > 0);
  if (marked !== (head.verdict === 'bad')) throw new Error('a bad case has at least one line that ends in ◄, a good one has none');
  return { ...head, id, folder: `u${createHash('sha256').update(id).digest('hex').slice(0, 7)}`, files: read };
}
