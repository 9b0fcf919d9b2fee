import { z } from 'zod';

/**
 * What of SARIF 2.1.0 is read. Lists hold `unknown`: each entry is checked by itself, so that one broken result does not cost the
 * others. Whatever is not named here is not looked at.
 */
const text = z.string();
const natural = z
  .number()
  .int()
  .min(0)
  .max(2 ** 31);
const index = z.number().int().min(-1).max(10_000_000);
const list = z.array(z.unknown());
const bag = z.record(z.string(), z.unknown());

const Message = z.object({
  text: text.optional(),
  markdown: text.optional(),
  id: text.optional(),
  arguments: z.array(text).optional(),
});
const Level = z.enum(['none', 'note', 'warning', 'error']);

export const ArtifactLocation = z.object({ uri: text.optional(), uriBaseId: text.optional(), index: index.optional() });
export type ArtifactLocation = z.infer<typeof ArtifactLocation>;

export const Region = z.object({
  startLine: natural.min(1).optional(),
  startColumn: natural.min(1).optional(),
  endLine: natural.min(1).optional(),
  endColumn: natural.min(1).optional(),
  charOffset: index.optional(),
  charLength: natural.optional(),
  byteOffset: index.optional(),
  byteLength: natural.optional(),
});
export type Region = z.infer<typeof Region>;

export const Location = z.object({
  physicalLocation: z.object({ artifactLocation: ArtifactLocation.optional(), region: z.unknown().optional() }).optional(),
});

const Multiformat = z.object({ text: text.optional() });
export const Rule = z.object({
  id: text,
  name: text.optional(),
  shortDescription: Multiformat.optional(),
  fullDescription: Multiformat.optional(),
  help: Multiformat.optional(),
  helpUri: text.optional(),
  messageStrings: z.record(z.string(), Multiformat).optional(),
  defaultConfiguration: z.object({ level: Level.optional() }).optional(),
  properties: bag.optional(),
});
export type Rule = z.infer<typeof Rule>;

const Component = z.object({ name: text, version: text.optional(), semanticVersion: text.optional(), rules: list.optional() });

export const Result = z.object({
  ruleId: text.optional(),
  ruleIndex: index.optional(),
  rule: z
    .object({ id: text.optional(), index: index.optional(), toolComponent: z.object({ index: index.optional() }).optional() })
    .optional(),
  kind: z.enum(['notApplicable', 'pass', 'fail', 'review', 'open', 'informational']).optional(),
  level: Level.optional(),
  message: Message.optional(),
  locations: list.optional(),
  fingerprints: z.record(z.string(), text).optional(),
  partialFingerprints: z.record(z.string(), text).optional(),
  suppressions: z.array(z.object({ status: text.optional(), justification: text.optional() })).nullish(),
  baselineState: text.optional(),
  fixes: list.optional(),
  properties: bag.optional(),
});
export type Result = z.infer<typeof Result>;

const Notification = z.object({ message: Message.optional(), level: Level.optional() });
export const Run = z.object({
  tool: z.object({ driver: Component, extensions: z.array(Component).optional() }),
  results: list.nullish(),
  artifacts: z.array(z.object({ location: ArtifactLocation.optional() })).optional(),
  originalUriBaseIds: z.record(z.string(), z.object({ uri: text.optional(), uriBaseId: text.optional() })).optional(),
  columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']).optional(),
  invocations: z
    .array(
      z.object({
        executionSuccessful: z.boolean().optional(),
        exitCode: z.number().optional(),
        toolExecutionNotifications: z.array(Notification).optional(),
      }),
    )
    .optional(),
});
export type Run = z.infer<typeof Run>;

export const Log = z.object({ version: text, runs: list });
