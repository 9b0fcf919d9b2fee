import type { Rule } from '../../rules/rule.js';
import type { AnalyzerContext } from '../outcome.js';
import type { SourceTexts } from '../source-texts.js';
import type { FoundTool } from './find-tool.js';

/** What a program of the owner's is run with. */
export interface Asked {
  program: FoundTool;
  /** Those of its rules that count. */
  rules: readonly Rule[];
  texts: SourceTexts;
  context: AnalyzerContext;
}
