import type { App } from '@slack/bolt';
import type { KnownBlock, ModalView } from '@slack/types';

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text });
const option = (value: string) => ({ text: plain(value), value });

const rich: KnownBlock = {
  type: 'rich_text',
  elements: [
    {
      type: 'rich_text_section',
      elements: [
        { type: 'text', text: 'Rich ' },
        { type: 'text', text: 'bold', style: { bold: true } },
      ],
    },
    {
      type: 'rich_text_list',
      style: 'ordered',
      elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: 'first' }] }],
    },
    { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'let it = "be";' }] },
  ],
};

/** One of every block a message may hold. */
export const EVERY_BLOCK: KnownBlock[] = [
  { type: 'header', text: plain('Everything :rocket:') },
  {
    type: 'section',
    text: mrkdwn(
      '*bold* _italic_ ~gone~ `code` <https://example.com|a link> <@U0DANA000> <!subteam^S0RELEASETEAM>\n&gt; quoted\n```fenced```',
    ),
    accessory: { type: 'overflow', action_id: 'more', options: [option('Extend'), option('Forget')] },
  },
  { type: 'section', fields: [mrkdwn('*Version*\n2.4.1'), mrkdwn('*Tests*\n214 passed')] },
  { type: 'divider' },
  {
    type: 'actions',
    block_id: 'buttons',
    elements: [
      { type: 'button', action_id: 'go', text: plain('Go ahead'), style: 'primary', value: 'go' },
      {
        type: 'button',
        action_id: 'stop',
        text: plain('Stop'),
        style: 'danger',
        confirm: { title: plain('Stop it?'), text: mrkdwn('*Nothing* comes back.'), confirm: plain('Stop it'), deny: plain('Go on') },
      },
      { type: 'button', action_id: 'silent', text: plain('Never answers') },
      { type: 'static_select', action_id: 'pick', placeholder: plain('Pick one'), options: [option('red'), option('green')] },
      { type: 'users_select', action_id: 'who', placeholder: plain('Who?') },
      { type: 'datepicker', action_id: 'day', placeholder: plain('Day') },
    ],
  },
  { type: 'context', elements: [mrkdwn('asked by <@U0DANA000> · <!date^1800000000^{date_num} {time}|then>'), plain('plain')] },
  { type: 'image', image_url: 'https://example.com/x.png', alt_text: 'A chart of open issues', title: plain('Open issues') },
  rich,
  { type: 'markdown', text: '### Heading\n\n- one\n- **two**\n\n| a | b |\n|---|---|\n| 1 | <b>2</b> |' },
  {
    type: 'table',
    rows: [
      [
        { type: 'raw_text', text: 'Name' },
        { type: 'raw_text', text: 'Count' },
      ],
      [
        { type: 'raw_text', text: 'open' },
        { type: 'raw_number', value: 41, text: '41' },
      ],
    ],
  },
  { type: 'plan', title: 'Release', tasks: [{ type: 'task_card', task_id: 'a', title: 'Build', status: 'complete' }] },
  { type: 'task_card', task_id: 'b', title: 'Publish', status: 'in_progress' },
  {
    type: 'context_actions',
    elements: [
      {
        type: 'feedback_buttons',
        action_id: 'rate',
        positive_button: { text: plain('Good'), value: 'yes' },
        negative_button: { text: plain('Bad'), value: 'no' },
      },
    ],
  },
  {
    type: 'card',
    title: mrkdwn('A card'),
    body: mrkdwn('with words'),
    actions: [{ type: 'button', action_id: 'card', text: plain('Open') }],
  },
];

/** The rarer ones. */
const MORE_BLOCKS: KnownBlock[] = [
  {
    type: 'carousel',
    elements: ['One', 'Two'].map((title) => ({ type: 'card' as const, title: mrkdwn(title), body: mrkdwn(`card ${title}`) })),
  },
  {
    type: 'container',
    title: plain('More of it'),
    is_collapsible: true,
    default_collapsed: true,
    child_blocks: [{ type: 'section', text: plain('Inside') }],
  },
  {
    type: 'video',
    video_url: 'https://example.com/v',
    thumbnail_url: 'https://example.com/t.png',
    alt_text: 'A film',
    title: plain('How it works'),
  },
];

export const FORM: ModalView = {
  type: 'modal',
  callback_id: 'form',
  title: plain('Everything'),
  submit: plain('Start'),
  close: plain('Leave'),
  blocks: [
    { type: 'section', text: mrkdwn('What should be *reviewed*?') },
    {
      type: 'input',
      block_id: 'repo',
      label: plain('Repository'),
      hint: plain('Its name'),
      element: { type: 'plain_text_input', action_id: 'value', min_length: 2 },
    },
    {
      type: 'input',
      block_id: 'why',
      optional: true,
      label: plain('Why'),
      element: { type: 'plain_text_input', action_id: 'value', multiline: true },
    },
    {
      type: 'input',
      block_id: 'scope',
      label: plain('Scope'),
      element: { type: 'static_select', action_id: 'value', options: [option('security'), option('typing')] },
    },
    {
      type: 'input',
      block_id: 'flags',
      optional: true,
      label: plain('Flags'),
      element: { type: 'checkboxes', action_id: 'value', options: [option('dry run'), option('auto fix')] },
    },
    {
      type: 'input',
      block_id: 'tags',
      optional: true,
      label: plain('Tags'),
      element: { type: 'multi_static_select', action_id: 'value', options: [option('api'), option('web')] },
    },
    {
      type: 'input',
      block_id: 'issue',
      optional: true,
      label: plain('Issue'),
      element: { type: 'external_select', action_id: 'value', min_query_length: 1 },
    },
    {
      type: 'input',
      block_id: 'count',
      optional: true,
      label: plain('How many'),
      element: { type: 'number_input', action_id: 'value', is_decimal_allowed: false },
    },
    { type: 'actions', elements: [{ type: 'button', action_id: 'deeper', text: plain('Deeper') }] },
  ],
};

/** A Bolt app that shows and answers everything; `heard` is what reached it. */
export function listenToEverything(app: App, heard: string[]): void {
  app.command('/review', async ({ ack, client, command }) => {
    await ack();
    if (command.text === 'form') await client.views.open({ trigger_id: command.trigger_id, view: FORM });
    else if (command.text === 'more') await client.chat.postMessage({ channel: command.channel_id, text: 'More', blocks: MORE_BLOCKS });
    else await client.chat.postMessage({ channel: command.channel_id, text: 'Everything there is', blocks: EVERY_BLOCK });
  });
  app.action('silent', async () => undefined);
  app.action(/^(go|stop|pick|who|day|more|rate|card)$/, async ({ ack, action, body, client }) => {
    await ack();
    const { action_id: id, ...rest } = action as unknown as {
      action_id: string;
      selected_option?: { value: string };
      selected_user?: string;
    };
    heard.push(`${id} ${rest.selected_option?.value ?? rest.selected_user ?? ''}`.trim());
    if (id === 'go' && body.type === 'block_actions' && body.channel) {
      await client.chat.postEphemeral({ channel: body.channel.id, user: body.user.id, text: 'Only you see this' });
    }
  });
  app.action('deeper', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions') return;
    heard.push(`typed before: ${body.view?.state.values.repo?.value?.value ?? 'nothing'}`);
    await client.views.push({
      trigger_id: body.trigger_id,
      view: { type: 'modal', title: plain('Deeper'), blocks: [{ type: 'section', text: plain('Below lies the form') }] },
    });
  });
  app.options('value', ({ ack, options }) =>
    ack({ options: ['MHV-012', 'MHV-014'].filter((id) => id.toLowerCase().includes(options.value.toLowerCase())).map(option) }),
  );
  app.view('form', async ({ ack, view }) => {
    const { repo, scope, flags, tags, issue } = view.state.values;
    if (repo?.value?.value === 'apii') return ack({ response_action: 'errors', errors: { repo: 'Did you mean api?' } });
    heard.push(
      [
        repo?.value?.value,
        scope?.value?.selected_option?.value,
        flags?.value?.selected_options?.map(({ value }) => value).join('+'),
        tags?.value?.selected_options?.map(({ value }) => value).join('+'),
        issue?.value?.selected_option?.value,
      ].join(' '),
    );
    return ack();
  });
  app.shortcut('start_review', async ({ ack }) => {
    await ack();
    heard.push('global shortcut');
  });
  app.shortcut('make_issue', async ({ ack, shortcut, client }) => {
    await ack();
    heard.push(`shortcut on ${shortcut.type === 'message_action' ? shortcut.message.text : 'nothing'}`);
    await client.views.open({ trigger_id: shortcut.trigger_id, view: { ...FORM, title: plain('New issue') } });
  });
  app.event('app_home_opened', async ({ event, client }) => {
    await client.views.publish({
      user_id: event.user,
      view: {
        type: 'home',
        blocks: [
          { type: 'header', text: plain('Waiting for you') },
          { type: 'actions', elements: [{ type: 'button', action_id: 'go', text: plain('Look') }] },
        ],
      },
    });
  });
}
