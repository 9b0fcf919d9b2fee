import { Component, type ComponentChildren } from 'preact';
import { Card, Carousel, Container, FileBlock, Plan, TaskCard, Video } from './cards.js';
import { Element, Picture } from './elements.js';
import { Markdown } from './markdown.js';
import { PlainText, TextObject } from './mrkdwn.js';
import { RichText } from './rich-text.js';
import { useSurface } from './surface.js';
import { Table } from './table.js';
import { type Json, list, object, plain, text } from './types.js';

interface BlockProps {
  block: Json;
}

const keyOf = (element: Json, index: number): string => text(element.action_id) || `${index}`;

function Section({ block }: BlockProps) {
  const accessory = object(block.accessory);
  const fields = list(block.fields);
  return (
    <div class="block section">
      <div class="words">
        {block.text ? (
          <div class="pre">
            <TextObject value={block.text} />
          </div>
        ) : null}
        {fields.length > 0 ? (
          <div class="fields">
            {fields.map((field, index) => (
              <div key={index} class="pre">
                <TextObject value={field} />
              </div>
            ))}
          </div>
        ) : null}
      </div>
      {accessory ? (
        <div class="accessory">
          <Element part={{ element: accessory, block }} />
        </div>
      ) : null}
    </div>
  );
}

const Row = ({ block, name }: BlockProps & { name: string }) => (
  <div class={`block ${name}`}>
    {list(block.elements).map((element, index) => (
      <Element key={keyOf(element, index)} part={{ element, block }} />
    ))}
  </div>
);

function ImageBlock({ block }: BlockProps) {
  return (
    <figure class="block">
      {block.title ? <figcaption>{plain(block.title)}</figcaption> : null}
      <Picture image={block} big />
    </figure>
  );
}

/** Label, input, hint and what is wrong with it. */
function Input({ block }: BlockProps) {
  const { where, errors } = useSurface();
  const element = object(block.element) ?? {};
  const id = `${where}/${text(block.block_id)}`;
  const error = errors[text(block.block_id)];
  const grouped = ['checkboxes', 'radio_buttons'].includes(text(element.type)) || /^multi_(?!external)/.test(text(element.type));
  const label = (
    <>
      <PlainText text={plain(block.label)} />
      {block.optional === true ? <span class="hint"> (optional)</span> : null}
    </>
  );
  return (
    <div class={error === undefined ? 'block field' : 'block field wrong'}>
      {grouped ? <div class="label">{label}</div> : <label htmlFor={id}>{label}</label>}
      <Element part={{ element, block }} />
      <div id={`${id}/notes`}>
        {error !== undefined ? (
          <div class="failure" role="alert">
            {error}
          </div>
        ) : null}
        {block.hint ? <div class="hint">{plain(block.hint)}</div> : null}
      </div>
    </div>
  );
}

function Alert({ block }: BlockProps) {
  const level = text(block.level) || 'default';
  return (
    <div class={`block alert ${level}`} role="note">
      {level === 'default' ? null : <strong>{level[0]?.toUpperCase() + level.slice(1)}: </strong>}
      <TextObject value={block.text} />
    </div>
  );
}

const DRAWN: Readonly<Record<string, (props: BlockProps) => ComponentChildren>> = {
  section: Section,
  actions: ({ block }) => <Row block={block} name="actions" />,
  context: ({ block }) => <Row block={block} name="context" />,
  context_actions: ({ block }) => <Row block={block} name="actions" />,
  divider: () => <hr />,
  header: ({ block }) => (
    <h3 class="block header">
      <PlainText text={plain(block.text)} />
    </h3>
  ),
  image: ImageBlock,
  input: Input,
  markdown: ({ block }) => <Markdown text={text(block.text)} />,
  rich_text: ({ block }) => <RichText block={block} />,
  table: ({ block }) => <Table block={block} />,
  data_table: ({ block }) => <Table block={block} />,
  alert: Alert,
  card: ({ block }) => <Card block={block} />,
  carousel: ({ block }) => <Carousel block={block} />,
  container: ({ block }) => <Container block={block} />,
  task_card: ({ block }) => <TaskCard block={block} />,
  plan: ({ block }) => <Plan block={block} />,
  file: ({ block }) => <FileBlock block={block} />,
  video: ({ block }) => <Video block={block} />,
};

/** A broken block is a box that says so, and nothing else on the page notices. */
class Boundary extends Component<{ type: string; children: ComponentChildren }, { failed: string | undefined }> {
  override state = { failed: undefined };
  static override getDerivedStateFromError(error: unknown): { failed: string } {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
  render() {
    if (this.state.failed === undefined) return this.props.children;
    return (
      <div class="block unknown">
        {this.props.type}: cannot be drawn ({this.state.failed})
      </div>
    );
  }
}

export function Block({ block }: BlockProps) {
  const type = text(block.type);
  const Drawn = Object.hasOwn(DRAWN, type) ? DRAWN[type] : undefined;
  return (
    <Boundary type={type}>
      {Drawn ? <Drawn block={block} /> : <div class="block unknown">{type || 'a block without a type'}: not drawn here</div>}
    </Boundary>
  );
}

export function Blocks({ blocks }: { blocks: readonly Json[] }) {
  return (
    <>
      {blocks.map((block, index) => (
        <Block key={text(block.block_id) || index} block={block} />
      ))}
    </>
  );
}
