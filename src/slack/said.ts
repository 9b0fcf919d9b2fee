import { z } from 'zod';

/** What of a message is words. */
const Said = z.object({
  text: z.string().default(''),
  attachments: z
    .array(z.object({ fallback: z.string().optional().catch(undefined), text: z.string().optional().catch(undefined) }))
    .optional(),
  files: z.array(z.object({ name: z.string().optional().catch(undefined) })).optional(),
});

/** A message in readable words, for a place that knows no Slack: links and mentions as they are seen, entities as characters. */
export function said(message: unknown): string {
  const { text, attachments = [], files = [] } = Said.safeParse(message).data ?? Said.parse({});
  const parts = [
    text,
    ...attachments.map((each) => each.text ?? each.fallback ?? ''),
    ...files.map(({ name }) => (name ? `file: ${name}` : '')),
  ];
  return parts.filter(Boolean).map(readable).join('\n').slice(0, 20_000);
}

function readable(text: string): string {
  return text
    .slice(0, 40_000)
    .replace(/<([^<>|]{1,4000})(?:\|([^<>]{0,4000}))?>/g, (_, target: string, label: string | undefined) => {
      if (target.startsWith('@')) return label ? `@${label.replace(/^@/, '')}` : target;
      if (target.startsWith('#')) return `#${label || target.slice(1)}`;
      if (target.startsWith('!')) return label || `@${target.slice(1).split('^')[0]}`;
      const address = target.replace(/^mailto:/, '');
      return label && label !== address && !address.endsWith(`//${label}`) ? `${label} (${address})` : address;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
