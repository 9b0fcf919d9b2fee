// `npm run corpus`: reviews the corpus and prints one JSON object. Whatever the score, it ends well; only a review that failed does not.
import { readCases } from './cases.js';
import { scoreCorpus } from './score.js';

process.stdout.write(`${JSON.stringify(await scoreCorpus(await readCases()), null, 2)}\n`);
