import type { ComponentChildren } from 'preact';
import { DateText, Emoji, Link, Mention } from './mrkdwn.js';
import { channelName, groupName, userName } from './names.js';
import { type Json, list, object, text } from './types.js';

function Leaf({ leaf }: { leaf: Json }) {
  switch (leaf.type) {
    case 'text':
      return <>{text(leaf.text)}</>;
    case 'link':
      return <Link url={text(leaf.url)}>{text(leaf.text) || text(leaf.url)}</Link>;
    case 'user':
      return <Mention id={text(leaf.user_id)}>@{userName(text(leaf.user_id))}</Mention>;
    case 'usergroup':
      return <Mention id={text(leaf.usergroup_id)}>@{groupName(text(leaf.usergroup_id))}</Mention>;
    case 'channel':
      return <Mention>#{channelName(text(leaf.channel_id))}</Mention>;
    case 'broadcast':
      return <Mention>@{text(leaf.range)}</Mention>;
    case 'emoji':
      return <Emoji name={text(leaf.name)} />;
    case 'date':
      return <DateText timestamp={Number(leaf.timestamp)} format={text(leaf.format)} fallback={text(leaf.fallback)} url={text(leaf.url)} />;
    case 'color':
      return <code>{text(leaf.value)}</code>;
    default:
      return <span class="unknown-inline">{text(leaf.type)}</span>;
  }
}

function Styled({ leaf }: { leaf: Json }) {
  const style = object(leaf.style) ?? {};
  let shown: ComponentChildren = <Leaf leaf={leaf} />;
  if (style.code) shown = <code>{shown}</code>;
  if (style.bold) shown = <strong>{shown}</strong>;
  if (style.italic) shown = <em>{shown}</em>;
  if (style.strike) shown = <s>{shown}</s>;
  if (style.underline) shown = <u>{shown}</u>;
  return <>{shown}</>;
}

const leaves = (part: Json) => list(part.elements).map((leaf, index) => <Styled key={index} leaf={leaf} />);

function Part({ part }: { part: Json }) {
  switch (part.type) {
    case 'rich_text_section':
      return <div class="pre">{leaves(part)}</div>;
    case 'rich_text_quote':
      return <blockquote class="pre">{leaves(part)}</blockquote>;
    case 'rich_text_preformatted':
      return <pre>{leaves(part)}</pre>;
    case 'rich_text_list': {
      const items = list(part.elements).map((item, index) => <li key={index}>{leaves(item)}</li>);
      const inset = { marginInlineStart: `${Number(part.indent ?? 0) * 22}px` };
      if (part.style !== 'ordered') return <ul style={inset}>{items}</ul>;
      return (
        <ol style={inset} start={Number(part.offset ?? 0) + 1}>
          {items}
        </ol>
      );
    }
    default:
      return <span class="unknown-inline">{text(part.type)}</span>;
  }
}

export function RichText({ block }: { block: Json }) {
  return (
    <div class="rich-text">
      {list(block.elements).map((part, index) => (
        <Part key={index} part={part} />
      ))}
    </div>
  );
}
