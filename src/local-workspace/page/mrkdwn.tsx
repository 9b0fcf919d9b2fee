import type { ComponentChildren } from 'preact';
import { EMOJI, formatDate, type MrkdwnNode, parseMrkdwn } from '../mrkdwn.js';
import { channelName, groupName, isMe, tellsInFull, userName } from './names.js';
import { object, plain } from './types.js';

/** Only addresses that lead to a page or a mail may be followed. */
export function Link({ url, children }: { url: string; children: ComponentChildren }) {
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return <span>{children}</span>;
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

export function Mention({ id, children }: { id?: string; children: ComponentChildren }) {
  return <span class={id !== undefined && isMe(id) ? 'mention me' : 'mention'}>{children}</span>;
}

export function Emoji({ name }: { name: string }) {
  const sign = Object.hasOwn(EMOJI, name) ? EMOJI[name] : undefined;
  return sign ? (
    <span role="img" aria-label={name.replaceAll('_', ' ')}>
      {sign}
    </span>
  ) : (
    <span>:{name}:</span>
  );
}

export function DateText({
  timestamp,
  format,
  fallback,
  url,
}: {
  timestamp: number;
  format: string;
  fallback: string;
  url?: string | undefined;
}) {
  const shown = formatDate(timestamp, format) || fallback;
  const time = <time {...tellsInFull(String(timestamp))}>{shown}</time>;
  return url ? <Link url={url}>{time}</Link> : time;
}

function Node({ node }: { node: MrkdwnNode }) {
  switch (node.type) {
    case 'text':
      return <>{node.text}</>;
    case 'code':
      return <code>{node.text}</code>;
    case 'pre':
      return <pre>{node.text}</pre>;
    case 'bold':
      return <strong>{nodes(node.children)}</strong>;
    case 'italic':
      return <em>{nodes(node.children)}</em>;
    case 'strike':
      return <s>{nodes(node.children)}</s>;
    case 'quote':
      return <blockquote>{nodes(node.children)}</blockquote>;
    case 'user':
      return <Mention id={node.id}>@{userName(node.id)}</Mention>;
    case 'channel':
      return <Mention>#{channelName(node.id)}</Mention>;
    case 'group':
      return <Mention id={node.id}>@{groupName(node.id)}</Mention>;
    case 'broadcast':
      return <Mention>@{node.range}</Mention>;
    case 'emoji':
      return <Emoji name={node.name} />;
    case 'date':
      return <DateText {...node} />;
    case 'link':
      return <Link url={node.url}>{nodes(node.children)}</Link>;
  }
}

// The same text always gives the same nodes in the same order, so the position tells them apart.
const nodes = (all: readonly MrkdwnNode[]) => all.map((node, index) => <Node key={index} node={node} />);

export function Mrkdwn({ text }: { text: string }) {
  return <>{nodes(parseMrkdwn(text))}</>;
}

/** A `plain_text` or `mrkdwn` object. */
export function TextObject({ value }: { value: unknown }) {
  return object(value)?.type === 'mrkdwn' ? <Mrkdwn text={plain(value)} /> : <PlainText text={plain(value)} />;
}

/** Plain text knows emoji names and nothing else. */
export function PlainText({ text }: { text: string }) {
  const parts = text.split(/(:[a-z0-9_+-]+:)/);
  return <>{parts.map((part, index) => (index % 2 === 1 ? <Emoji key={index} name={part.slice(1, -1)} /> : part))}</>;
}
