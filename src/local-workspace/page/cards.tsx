import { Blocks } from './blocks.js';
import { Element, Picture } from './elements.js';
import { Link, TextObject } from './mrkdwn.js';
import { RichText } from './rich-text.js';
import { type Json, list, object, plain, text } from './types.js';

interface Props {
  block: Json;
}

export function Card({ block }: Props) {
  const hero = object(block.hero_image);
  const icon = object(block.icon);
  return (
    <div class="block card">
      {hero ? <Picture image={hero} big /> : null}
      <div class="card-head">
        {icon ? <Picture image={icon} /> : null}
        <div>
          {block.title ? (
            <strong>
              <TextObject value={block.title} />
            </strong>
          ) : null}
          {block.subtitle ? (
            <div class="hint">
              <TextObject value={block.subtitle} />
            </div>
          ) : null}
        </div>
      </div>
      {block.body ? (
        <div class="pre">
          <TextObject value={block.body} />
        </div>
      ) : null}
      <div class="actions">
        {list(block.actions).map((element, index) => (
          <Element key={text(element.action_id) || index} part={{ element, block }} />
        ))}
      </div>
    </div>
  );
}

export function Carousel({ block }: Props) {
  const cards = list(block.elements);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section class="block carousel" aria-label={`${cards.length} cards`} tabIndex={0}>
      {cards.map((card, index) => (
        <Card key={text(card.block_id) || index} block={card} />
      ))}
    </section>
  );
}

export function Container({ block }: Props) {
  const rich = object(block.rich_text_title);
  const title = rich ? <RichText block={rich} /> : <strong>{plain(block.title)}</strong>;
  const inner = <Blocks blocks={list(block.child_blocks)} />;
  if (block.is_collapsible !== true) {
    return (
      <div class="block card">
        {title}
        {block.subtitle ? (
          <div class="hint">
            <TextObject value={block.subtitle} />
          </div>
        ) : null}
        {inner}
      </div>
    );
  }
  return (
    <details class="block card" open={block.default_collapsed !== true}>
      <summary>{title}</summary>
      {inner}
    </details>
  );
}

const SIGNS: Readonly<Record<string, string>> = { pending: '○', in_progress: '●', complete: '✓', error: '✗' };

export function TaskCard({ block }: Props) {
  const status = text(block.status) || 'pending';
  const details = object(block.details);
  const output = object(block.output);
  return (
    <details class={`block task ${status}`} open={status === 'in_progress' || status === 'error'}>
      <summary>
        <span aria-hidden="true">{SIGNS[status] ?? '○'}</span> {plain(block.title)} <span class="hint">{status.replaceAll('_', ' ')}</span>
      </summary>
      {details ? <RichText block={details} /> : null}
      {output ? <RichText block={output} /> : null}
      {list(block.sources).map((source) => (
        <div key={text(source.url)}>
          <Link url={text(source.url)}>{text(source.text) || text(source.url)}</Link>
        </div>
      ))}
    </details>
  );
}

export function Plan({ block }: Props) {
  return (
    <div class="block card">
      <strong>{plain(block.title)}</strong>
      {list(block.tasks).map((task, index) => (
        <TaskCard key={text(task.task_id) || index} block={task} />
      ))}
    </div>
  );
}

export const FileBlock = ({ block }: Props) => <div class="block file">📄 Remote file {text(block.external_id)}</div>;

export function Video({ block }: Props) {
  return (
    <figure class="block card">
      <figcaption>
        <strong>{plain(block.title)}</strong> <span class="hint">{text(block.author_name) || text(block.provider_name)}</span>
      </figcaption>
      <Picture image={block} big />
      <Link url={text(block.title_url) || text(block.video_url)}>▶ Watch</Link>
      {block.description ? <div class="hint">{plain(block.description)}</div> : null}
    </figure>
  );
}
