import { z } from 'zod';
import { LIMITS } from './blocks/limits.js';
import type { Deliveries } from './delivery/delivery.js';
import { ApiFailure, refused } from './errors.js';
import { escapeNames } from './escape-names.js';
import { findElement, plain } from './find-element.js';
import { newId } from './ids.js';
import { type InputValue, initialState, inputFaults, type Placed, readInput } from './inputs.js';
import { blockActionsPayload, commandPayload, eventPayload, shortcutPayload, suggestionPayload, viewPayload } from './payloads.js';
import type { ResponseUrls } from './response-urls.js';
import type { WorkspaceState } from './state.js';
import type { Triggers } from './triggers.js';
import type { Channel, DeliveryRecord, Json, Message, StateValues, UploadedFile, User, View } from './types.js';
import type { ViewStore } from './views.js';
import { storeFile } from './web-api/files.js';
import { addReaction } from './web-api/reactions.js';

export interface PersonParts {
  state: WorkspaceState;
  views: ViewStore;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  deliveries: Deliveries;
  host: () => string;
  now: () => number;
}

export interface PressOptions {
  /** Says yes in the confirmation dialog. An element that asks is refused without an answer. */
  confirm?: boolean;
  /** Needed when two blocks hold an element of that name. */
  blockId?: string;
  /** The message as it still stands on this person's screen: an edit of a moment ago may not have reached it. */
  seen?: Pick<Message, 'blocks'>;
}

/** What one person at the keyboard can do. Resolves when the app acknowledged or its time ran out. */
export interface Person {
  readonly id: string;
  command(channel: string, command: string, text?: string, options?: { threadTs?: string }): Promise<DeliveryRecord>;
  say(channel: string, text: string, options?: { threadTs?: string }): Message;
  /** Says it to the app: `@app text`. */
  mention(channel: string, text: string, options?: { threadTs?: string }): Message;
  /** Presses a button in a message (by `ts`) or in a view (by its id); `what` is the action_id or the text on it. */
  click(where: string, what: string, options?: PressOptions): Promise<DeliveryRecord>;
  /** Chooses in a menu, select, radio or checkbox group, by value or visible text. */
  choose(where: string, what: string, value: InputValue, options?: PressOptions): Promise<DeliveryRecord>;
  /** Types into inputs without sending anything; keys are block_id, action_id or label. */
  fill(where: string, values: Readonly<Record<string, InputValue>>): void;
  /** The same, input by input: for two blocks whose elements have the same name. */
  enter(where: string, entries: readonly { blockId: string; actionId: string; value: InputValue }[]): void;
  /** What the app offers in an external select for what was typed. */
  suggest(where: string, what: string, typed: string, options?: { blockId?: string }): Promise<Choice[]>;
  /** A shortcut by its name or callback_id; one of the kind `message` is used on a message. */
  shortcut(what: string, on?: string): Promise<DeliveryRecord>;
  /** Puts a file where a `file_input` can take it: its id is what is filled in. */
  upload(name: string, bytes: Buffer): UploadedFile;
  submit(viewId: string, values?: Readonly<Record<string, InputValue>>): Promise<DeliveryRecord>;
  /** Cancels the top view, or with `all` the whole stack. The app hears of it where it asked to. */
  closeView(viewId: string, options?: { all?: boolean }): Promise<DeliveryRecord | undefined>;
  openHome(): Promise<DeliveryRecord | undefined>;
  home(): View | undefined;
  /** The modals open now, the top one last. */
  views(): View[];
  react(ts: string, name: string): void;
}

export interface Choice {
  value: string;
  label: string;
  group: string | undefined;
}

const Option = z.looseObject({ text: z.looseObject({ text: z.string() }), value: z.string() });
const Offered = z.looseObject({
  options: z.array(Option).max(LIMITS.options).optional(),
  option_groups: z
    .array(z.looseObject({ label: z.looseObject({ text: z.string() }), options: z.array(Option).max(LIMITS.options) }))
    .max(LIMITS.optionGroups)
    .optional(),
});

type Place = { message: Message; channel: Channel } | { view: View };

export function createPerson(user: User, parts: PersonParts): Person {
  const { state, views, triggers, responseUrls, deliveries } = parts;
  const drafts = new Map<string, StateValues>();
  /** What the app last offered in each external select: a choice is one of these. */
  const offered = new Map<string, Json[]>();

  const channelOf = (idOrName: string): Channel => {
    const channel = state.findChannel(idOrName);
    if (!channel) throw refused(`there is no channel "${idOrName}"`);
    if (!channel.members.includes(user.id)) throw refused(`${user.name} is not in #${channel.name}`);
    if (channel.isArchived) throw refused(`#${channel.name} is archived`);
    return channel;
  };

  const placeOf = (where: string): Place => {
    if (where.startsWith('V')) {
      const view = views.find(where);
      if (!view || view.userId !== user.id) throw refused(`${user.name} has no view ${where} open`);
      return { view };
    }
    const message = state.find(where);
    const hidden = message?.visibleTo !== undefined && message.visibleTo !== user.id;
    if (!message || hidden || message.deletedAt !== undefined) throw refused(`${user.name} sees no message ${where}`);
    return { message, channel: channelOf(message.channel) };
  };

  const responseUrl = (channel: string, message: Message | undefined): string => {
    const id = responseUrls.create({ channel, userId: user.id, messageTs: message?.ts, threadTs: message?.threadTs });
    return `http://${parts.host()}/response/${id}`;
  };

  const draftOf = (place: Place): StateValues => {
    if ('view' in place) return place.view.state;
    const draft = drafts.get(place.message.ts) ?? initialState(place.message.blocks);
    drafts.set(place.message.ts, draft);
    return draft;
  };

  const setDraft = (place: Place, { block, element }: Placed, value: Json): void => {
    const draft = draftOf(place);
    const blockId = String(block.block_id);
    draft[blockId] = { ...draft[blockId], [String(element.action_id)]: value };
  };

  const fill = (place: Place, values: Readonly<Record<string, InputValue>>): void => {
    const blocks = 'view' in place ? place.view.blocks : place.message.blocks;
    for (const [key, value] of Object.entries(values)) {
      const placed = findElement(blocks, key, undefined);
      setDraft(place, placed, readInput(withOffered(where(place), placed), value));
    }
  };

  const where = (place: Place): string => ('view' in place ? place.view.id : place.message.ts);
  const withOffered = (at: string, { block, element }: Placed): Json => {
    const options = offered.get(`${at}/${String(block.block_id)}/${String(element.action_id)}`);
    return options ? { ...element, options } : element;
  };

  const suggest = async (at: string, what: string, typed: string, blockId: string | undefined): Promise<Choice[]> => {
    const place = placeOf(at);
    const placed = findElement('view' in place ? place.view.blocks : place.message.blocks, what, blockId);
    const { block, element } = placed;
    const least = typeof element.min_query_length === 'number' ? element.min_query_length : 3;
    if (typed.length < least) return [];
    const actionId = String(element.action_id);
    const payload = suggestionPayload(state, { user, actionId, blockId: String(block.block_id), value: typed, place });
    const record = await deliveries.deliver('interactive', structuredClone(payload)).done;
    if (record.outcome !== 'acked') {
      tellFailure(place, `the choices of "${actionId}"`, record.outcome);
      return [];
    }
    const answer = Offered.safeParse(record.response);
    if (!answer.success) {
      tellFailure(place, `the choices of "${actionId}"`, 'invalid_options');
      return [];
    }
    const groups = answer.data.option_groups ?? [{ label: undefined, options: answer.data.options ?? [] }];
    offered.set(
      `${at}/${String(block.block_id)}/${actionId}`,
      groups.flatMap((group) => group.options),
    );
    return groups.flatMap((group) =>
      group.options.map((option) => ({ value: option.value, label: option.text.text, group: group.label?.text })),
    );
  };

  const tellFailure = (place: Place | { channel: Channel }, what: string, outcome: string): void => {
    const note = `${what} failed with the error "${outcome}"`;
    if ('view' in place) state.record('failure', { user: user.id, view: place.view, note });
    else {
      state.record('failure', { user: user.id, channel: place.channel.id, ts: 'message' in place ? place.message.ts : undefined, note });
      state.notice(place.channel.id, user.id, note, 'message' in place ? place.message.threadTs : undefined);
    }
  };

  const send = async (place: Place, { block, element }: Placed, label: string, details: Json): Promise<DeliveryRecord> => {
    const action = {
      type: element.type,
      action_id: element.action_id,
      block_id: block.block_id,
      ...details,
      action_ts: state.nextTs(),
    };
    const inView = 'view' in place;
    state.record('pressed', {
      user: user.id,
      channel: inView ? undefined : place.channel.id,
      ts: inView ? undefined : place.message.ts,
      view: inView ? place.view : undefined,
      note: label,
    });
    const payload = blockActionsPayload(state, {
      user,
      action,
      triggerId: triggers.create({ userId: user.id, viewId: inView ? place.view.id : undefined }),
      stateValues: draftOf(place),
      place: inView ? place : { ...place, responseUrl: responseUrl(place.channel.id, place.message) },
    });
    const record = await deliveries.deliver('interactive', structuredClone(payload)).done;
    if (record.outcome !== 'acked') tellFailure(place, `"${label}"`, record.outcome);
    return record;
  };

  const askFirst = (element: Json, label: string, options: PressOptions): void => {
    const dialog = element.confirm as Json | undefined;
    if (!dialog || options.confirm === true) return;
    const title = plain(dialog.title) || 'Are you sure?';
    throw refused(`"${label}" asks first: ${title} ${plain(dialog.text)} Answer with { confirm: true }.`);
  };

  const locate = (where: string, what: string, options: PressOptions): { place: Place; placed: Placed; label: string } => {
    const place = placeOf(where);
    const placed = findElement('view' in place ? place.view.blocks : (options.seen ?? place.message).blocks, what, options.blockId);
    return { place, placed, label: plain(placed.element.text) || plain(placed.block.label) || String(placed.element.action_id) };
  };

  const answerSubmission = (view: View, response: Json): void => {
    const action = response.response_action;
    if (action === 'errors') {
      const known = new Set(view.blocks.map((block) => block.block_id));
      const errors = Object.entries((response.errors ?? {}) as Json).map(([key, text]): [string, string] => [key, String(text)]);
      const strangers = errors.filter(([key]) => !known.has(key)).map(([key]) => key);
      if (strangers.length > 0) throw new ApiFailure(`errors name unknown blocks: ${strangers.join(', ')}`);
      views.setErrors(view, Object.fromEntries(errors));
    } else if (action === 'update') views.update(view, (response.view ?? {}) as Json, undefined);
    else if (action === 'push') views.push(user.id, (response.view ?? {}) as Json);
    else if (action === 'clear') views.close(user.id, true);
    else if (views.stack(user.id).at(-1) === view) views.close(user.id, false);
  };

  return {
    id: user.id,
    async command(channelId, typed, text = '', { threadTs } = {}) {
      const channel = channelOf(channelId);
      const command = state.app.commands.find((one) => one.command === typed);
      if (!command)
        throw refused(`${typed} is not a valid command. There is ${state.app.commands.map((one) => one.command).join(', ') || 'none'}.`);
      if (threadTs !== undefined) throw refused(`${typed} is not supported in threads.`);
      if (!state.app.scopes.includes('commands')) throw refused(`${typed} needs the app to have the scope "commands".`);
      const trimmed = text.trim();
      const line = trimmed === '' ? typed : `${typed} ${trimmed}`;
      state.record('typed', { user: user.id, channel: channel.id, note: line });
      const payload = commandPayload(state, {
        command,
        text: command.shouldEscape ? escapeNames(state, trimmed) : trimmed,
        user,
        channel,
        responseUrl: responseUrl(channel.id, undefined),
        triggerId: triggers.create({ userId: user.id, viewId: undefined }),
      });
      const record = await deliveries.deliver('slash_commands', payload).done;
      const response = (record.response ?? {}) as Json;
      if (record.outcome !== 'acked') tellFailure({ channel }, typed, record.outcome);
      else if (response.text !== undefined || response.blocks !== undefined) {
        const reply = responseUrls.show({ channel: channel.id, userId: user.id, messageTs: undefined, threadTs: undefined }, response);
        if (reply.body !== 'ok') tellFailure({ channel }, typed, reply.body);
      }
      return record;
    },
    say: (channelId, text, { threadTs } = {}) => state.add({ channel: channelOf(channelId).id, user: user.id, text, threadTs }),
    mention(channelId, text, { threadTs } = {}) {
      return state.add({ channel: channelOf(channelId).id, user: user.id, text: `<@${state.app.botUserId}> ${text}`, threadTs });
    },
    async click(where, what, options = {}) {
      const { place, placed, label } = locate(where, what, options);
      const { element } = placed;
      askFirst(element, label, options);
      if (element.type === 'feedback_buttons') throw refused(`choose "positive" or "negative" of ${label}`);
      if (!['button', 'icon_button', 'workflow_button'].includes(String(element.type))) {
        throw refused(`${label} is a ${String(element.type)}: use choose with one of its options`);
      }
      return send(place, placed, label, { text: element.text, ...(element.value !== undefined && { value: element.value }) });
    },
    async choose(where, what, value, options = {}) {
      const { place, placed, label } = locate(where, what, options);
      const { block, element } = placed;
      askFirst(element, label, options);
      if (element.type === 'feedback_buttons') {
        const pressed = element[`${String(value)}_button`] as Json | undefined;
        if (!pressed) throw refused(`${label} has "positive" and "negative", not "${String(value)}"`);
        return send(place, placed, plain(pressed.text), { text: pressed.text, value: pressed.value });
      }
      if (block.type === 'input' && block.dispatch_action !== true) {
        throw refused(`${label} sends nothing by itself: fill it in and submit`);
      }
      const read = readInput(withOffered(where, placed), value);
      if (element.type !== 'overflow') setDraft(place, placed, read);
      return send(place, placed, `${label}: ${Array.isArray(value) ? value.join(', ') : String(value)}`, read);
    },
    fill: (where, values) => fill(placeOf(where), values),
    enter(where, entries) {
      const place = placeOf(where);
      const blocks = 'view' in place ? place.view.blocks : place.message.blocks;
      for (const { blockId, actionId, value } of entries) {
        const placed = findElement(blocks, actionId, blockId);
        setDraft(place, placed, readInput(withOffered(where, placed), value));
      }
    },
    suggest: (where, what, typed, { blockId } = {}) => suggest(where, what, typed, blockId),
    async shortcut(what, on) {
      const kind = on === undefined ? 'global' : 'message';
      const known = state.app.shortcuts.filter((one) => one.type === kind);
      const shortcut = known.find((one) => one.callbackId === what || one.name === what);
      if (!shortcut) throw refused(`there is no ${kind} shortcut "${what}"; there is ${known.map((one) => one.name).join(', ') || 'none'}`);
      const place = on === undefined ? undefined : placeOf(on);
      if (place && 'view' in place) throw refused('a shortcut is used on a message');
      if (place?.message.visibleTo !== undefined) throw refused('shortcuts cannot be used on private messages');
      state.record('pressed', { user: user.id, channel: place?.channel.id, ts: on, note: shortcut.name });
      const payload = shortcutPayload(state, {
        user,
        shortcut,
        triggerId: triggers.create({ userId: user.id, viewId: undefined }),
        on: place && { ...place, responseUrl: responseUrl(place.channel.id, place.message) },
      });
      const record = await deliveries.deliver('interactive', structuredClone(payload)).done;
      if (record.outcome !== 'acked') {
        if (place) tellFailure(place, `"${shortcut.name}"`, record.outcome);
        else state.record('failure', { user: user.id, note: `"${shortcut.name}" failed with the error "${record.outcome}"` });
      }
      return record;
    },
    upload: (name, bytes) => storeFile(state, { id: newId('F'), name, title: name, user: user.id, now: parts.now() }, bytes),
    async submit(viewId, values = {}) {
      const place = placeOf(viewId);
      if (!('view' in place) || place.view.type !== 'modal') throw refused(`${viewId} is not a modal`);
      const { view } = place;
      if (!view.submit && !view.blocks.some((block) => block.type === 'input'))
        throw refused(`"${plain(view.title)}" has nothing to submit`);
      if (views.stack(user.id).at(-1) !== view) throw refused(`"${plain(view.title)}" lies under another modal`);
      fill(place, values);
      const faults = inputFaults(view.blocks, view.state);
      if (Object.keys(faults).length > 0) {
        views.setErrors(view, faults);
        throw refused(
          Object.entries(faults)
            .map(([blockId, fault]) => `${blockId}: ${fault}`)
            .join('\n'),
        );
      }
      state.record('pressed', { user: user.id, view, note: plain(view.submit) });
      const trigger = triggers.create({ userId: user.id, viewId: view.id });
      const payload = structuredClone(viewPayload(state, user, view, { submission: trigger }));
      const record = await deliveries.deliver('interactive', payload).done;
      if (record.outcome !== 'acked') {
        tellFailure(place, `"${plain(view.title)}"`, record.outcome);
        return record;
      }
      try {
        answerSubmission(view, (record.response ?? {}) as Json);
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error;
        const messages = (error.extra.response_metadata as { messages?: string[] } | undefined)?.messages?.join('; ') ?? '';
        tellFailure(place, `"${plain(view.title)}"`, `${error.error} ${messages}`.trim());
      }
      return record;
    },
    async closeView(viewId, { all = false } = {}) {
      const place = placeOf(viewId);
      if (!('view' in place) || place.view.type !== 'modal') throw refused(`${viewId} is not a modal`);
      const { view } = place;
      const cleared = all || view.clearOnClose;
      const root = views.stack(user.id)[0] ?? view;
      views.close(user.id, cleared);
      const told = cleared ? root : view;
      if (!told.notifyOnClose) return undefined;
      return deliveries.deliver('interactive', structuredClone(viewPayload(state, user, told, { closedAll: cleared }))).done;
    },
    async openHome() {
      if (!state.app.homeTab) throw refused(`${state.app.name} has no Home tab`);
      const channel = state.openDirect(user.id);
      if (!state.app.events.includes('app_home_opened')) return undefined;
      const view = views.home(user.id);
      const { team, app } = state;
      const shown = view && { view: (viewPayload(state, user, view, { closedAll: false }) as { view: Json }).view };
      const event = { type: 'app_home_opened', user: user.id, channel: channel.id, tab: 'home', ...shown, event_ts: state.nextTs() };
      state.record('typed', { user: user.id, note: `opened the Home tab of ${app.name} in ${team.name}` });
      return deliveries.deliver('events_api', eventPayload(state, event, parts.now())).done;
    },
    home: () => views.home(user.id),
    views: () => [...views.stack(user.id)],
    react(ts, name) {
      const place = placeOf(ts);
      if ('message' in place) addReaction(state, place.message, name, user.id);
    },
  };
}
