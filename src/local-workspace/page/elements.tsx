import { useState } from 'preact/hooks';
import { FileInput, TextInput } from './inputs.js';
import { Menu } from './menu.js';
import { PlainText, TextObject } from './mrkdwn.js';
import { ExternalSelect, Select } from './selects.js';
import { toast } from './store.js';
import { ids, type Part, useChange, usePress, useStored, useSurface } from './surface.js';
import { type Json, list, object, plain, text } from './types.js';

const TOOK_TOO_LONG = 'The app did not answer in time.';

export function Failure({ shown }: { shown: boolean }) {
  return shown ? (
    <span class="failure" role="status">
      ⚠ {TOOK_TOO_LONG}
    </span>
  ) : null;
}

function Button({ part }: { part: Part }) {
  const { element } = part;
  const { press, busy, failed } = usePress(part);
  const url = text(element.url);
  const style = text(element.style);
  return (
    <>
      <button
        type="button"
        class={`button ${style === 'primary' || style === 'danger' ? style : ''}`}
        aria-label={text(element.accessibility_label) || undefined}
        aria-busy={busy}
        disabled={busy}
        onClick={() => {
          if (/^https?:/i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
          void press({ do: 'click' });
        }}
        {...ids(part)}
      >
        <PlainText text={plain(element.text) || (element.type === 'icon_button' ? '🗑' : 'Button')} />
        {url !== '' ? <span aria-hidden="true"> ↗</span> : null}
      </button>
      <Failure shown={failed} />
    </>
  );
}

function Overflow({ part }: { part: Part }) {
  const { press, busy, failed } = usePress(part);
  const items = list(part.element.options).map((option) => ({
    label: <PlainText text={plain(option.text)} />,
    hint: plain(option.description),
    run() {
      const url = text(option.url);
      if (/^https?:/i.test(url)) window.open(url, '_blank', 'noopener,noreferrer');
      void press({ do: 'choose', value: text(option.value) });
    },
  }));
  return (
    <>
      <Menu label="More actions" sign="⋯" class="button square" items={items} disabled={busy} data={ids(part)} />
      <Failure shown={failed} />
    </>
  );
}

function Feedback({ part }: { part: Part }) {
  const { press, busy, failed } = usePress(part);
  return (
    <>
      {(['positive', 'negative'] as const).map((name) => {
        const button = object(part.element[`${name}_button`]);
        if (!button) return null;
        return (
          <button
            key={name}
            type="button"
            class="button"
            disabled={busy}
            aria-label={text(button.accessibility_label) || undefined}
            onClick={() => void press({ do: 'choose', value: name })}
            {...ids(part)}
          >
            {name === 'positive' ? '👍 ' : '👎 '}
            {plain(button.text)}
          </button>
        );
      })}
      <Failure shown={failed} />
    </>
  );
}

/** Checkboxes and radio buttons. */
function Choices({ part }: { part: Part }) {
  const { element, block } = part;
  const { change, failed } = useChange(part);
  const { where } = useSurface();
  const stored = useStored(part);
  const several = element.type === 'checkboxes';
  const known = several ? list(stored.selected_options) : [object(stored.selected_option) ?? {}];
  const [chosen, choose] = useState(new Set(known.map((option) => text(option.value))));
  const pick = (value: string, on: boolean): void => {
    const next = several ? new Set(chosen) : new Set<string>();
    if (on) next.add(value);
    else next.delete(value);
    choose(next);
    change(several ? [...next] : value);
  };
  return (
    <fieldset aria-label={plain(block.label) || 'Choices'} {...ids(part)}>
      {list(element.options).map((option) => {
        const value = text(option.value);
        return (
          <label key={value} class="choice">
            <input
              type={several ? 'checkbox' : 'radio'}
              name={`${where}/${text(block.block_id)}/${text(element.action_id)}`}
              value={value}
              checked={chosen.has(value)}
              onChange={(event) => pick(value, event.currentTarget.checked)}
            />
            <span>
              <TextObject value={option.text} />
              {option.description ? (
                <span class="hint">
                  <TextObject value={option.description} />
                </span>
              ) : null}
            </span>
          </label>
        );
      })}
      <Failure shown={failed} />
    </fieldset>
  );
}

/** Nothing is fetched from outside: a remote picture is shown by its description. */
export function Picture({ image, big = false }: { image: Json; big?: boolean }) {
  const alt = text(image.alt_text);
  return (
    <span class={big ? 'picture big' : 'picture'} role="img" aria-label={alt} title={`${alt}\n${text(image.image_url)}`}>
      <span aria-hidden="true">▣</span> {big ? alt : ''}
    </span>
  );
}

function Workflow({ part }: { part: Part }) {
  return (
    <button type="button" class="button" onClick={() => toast('Workflows are not run in the local workspace.')} {...ids(part)}>
      {plain(part.element.text)}
    </button>
  );
}

const DRAWN: Readonly<Record<string, (props: { part: Part }) => preact.ComponentChildren>> = {
  button: Button,
  icon_button: Button,
  workflow_button: Workflow,
  overflow: Overflow,
  feedback_buttons: Feedback,
  checkboxes: Choices,
  radio_buttons: Choices,
  external_select: ExternalSelect,
  multi_external_select: ExternalSelect,
  file_input: FileInput,
  plain_text_input: TextInput,
  rich_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
  datepicker: TextInput,
  timepicker: TextInput,
  datetimepicker: TextInput,
  image: ({ part }) => <Picture image={part.element} />,
  plain_text: ({ part }) => (
    <span>
      <TextObject value={part.element} />
    </span>
  ),
  mrkdwn: ({ part }) => (
    <span class="pre">
      <TextObject value={part.element} />
    </span>
  ),
};

export function Element({ part }: { part: Part }) {
  const type = text(part.element.type);
  const Drawn = Object.hasOwn(DRAWN, type) ? DRAWN[type] : type.endsWith('_select') ? Select : undefined;
  if (Drawn) return <Drawn part={part} />;
  return <span class="unknown">{type || 'an element without a type'}: not drawn here</span>;
}
