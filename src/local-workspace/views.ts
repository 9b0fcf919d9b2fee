import { LIMITS } from './blocks/limits.js';
import { checkView } from './blocks/validate.js';
import { ApiFailure } from './errors.js';
import { newId, secret } from './ids.js';
import { initialState } from './inputs.js';
import { type WorkspaceState, withIds } from './state.js';
import type { Block, Json, StateValues, View } from './types.js';

/** The modal stacks and Home tabs of everybody. */
export class ViewStore {
  private readonly stacks = new Map<string, View[]>();
  private readonly homes = new Map<string, View>();

  constructor(private readonly state: WorkspaceState) {}

  stack(userId: string): View[] {
    return this.stacks.get(userId) ?? [];
  }

  home(userId: string): View | undefined {
    return this.homes.get(userId);
  }

  allHomes(): View[] {
    return [...this.homes.values()];
  }

  restoreHome(view: View): void {
    this.homes.set(view.userId, view);
  }

  find(viewId: string): View | undefined {
    return [...this.homes.values(), ...[...this.stacks.values()].flat()].find((view) => view.id === viewId);
  }

  findExternal(externalId: string): View | undefined {
    return [...this.homes.values(), ...[...this.stacks.values()].flat()].find((view) => view.externalId === externalId);
  }

  /** Opens over whatever was open before, which goes away without a word, as in Slack. */
  open(userId: string, raw: Json): View {
    const view = this.build(userId, raw, 'modal');
    this.stacks.set(userId, [view]);
    this.state.record('view_opened', { user: userId, view });
    return view;
  }

  push(userId: string, raw: Json): View {
    const stack = this.stack(userId);
    if (stack.length === 0) throw new ApiFailure('not_found');
    if (stack.length >= LIMITS.viewStack) throw new ApiFailure('push_limit_reached');
    const view = this.build(userId, raw, 'modal');
    view.rootViewId = stack[0]?.id ?? view.id;
    view.previousViewId = stack.at(-1)?.id;
    this.stacks.set(userId, [...stack, view]);
    this.state.record('view_pushed', { user: userId, view });
    return view;
  }

  update(view: View, raw: Json, hash: string | undefined): View {
    if (hash !== undefined && hash !== view.hash) throw new ApiFailure('hash_conflict');
    const next = this.build(view.userId, raw, view.type, view);
    Object.assign(view, next, { id: view.id, rootViewId: view.rootViewId, previousViewId: view.previousViewId });
    // What the person already filled in stays where block and action keep their ids.
    view.state = keepState(view.state, next.state, view.blocks);
    this.state.record('view_updated', { user: view.userId, view });
    return view;
  }

  publish(userId: string, raw: Json, hash: string | undefined): View {
    const known = this.homes.get(userId);
    if (known && hash !== undefined && hash !== known.hash) throw new ApiFailure('hash_conflict');
    const view = this.build(userId, raw, 'home', known);
    if (known) view.id = view.rootViewId = known.id;
    this.homes.set(userId, view);
    this.state.record('home_published', { user: userId, view });
    return view;
  }

  /** Takes the top view away, or all of them. */
  close(userId: string, all: boolean): View[] {
    const stack = this.stack(userId);
    const gone = all ? stack : stack.slice(-1);
    this.stacks.set(userId, stack.slice(0, stack.length - gone.length));
    for (const view of gone) this.state.record('view_closed', { user: userId, view });
    return gone;
  }

  setErrors(view: View, errors: Record<string, string>): void {
    view.errors = errors;
    this.state.record('view_errors', { user: view.userId, view });
  }

  private build(userId: string, raw: Json, type: 'modal' | 'home', replaced?: View): View {
    const faults = checkView(raw, type);
    if (faults.length > 0) {
      throw new ApiFailure('invalid_arguments', { response_metadata: { messages: faults.map((fault) => `[ERROR] ${fault}`) } });
    }
    if (Buffer.byteLength(JSON.stringify(raw)) > LIMITS.viewBytes) throw new ApiFailure('view_too_large');
    const externalId = typeof raw.external_id === 'string' ? raw.external_id : '';
    const holder = externalId === '' ? undefined : this.findExternal(externalId);
    if (holder && holder !== replaced) throw new ApiFailure('duplicate_external_id');
    const id = newId('V');
    const blocks = withIds(raw.blocks as Block[]);
    return {
      id,
      type,
      hash: `${this.state.nextTs()}.${secret(4)}`,
      callbackId: (raw.callback_id as string | undefined) ?? '',
      externalId,
      privateMetadata: (raw.private_metadata as string | undefined) ?? '',
      title: raw.title as Json | undefined,
      submit: raw.submit as Json | undefined,
      close: raw.close as Json | undefined,
      clearOnClose: raw.clear_on_close === true,
      notifyOnClose: raw.notify_on_close === true,
      blocks,
      rootViewId: id,
      previousViewId: undefined,
      state: initialState(blocks),
      errors: {},
      userId,
    };
  }
}

function keepState(before: StateValues, fresh: StateValues, blocks: readonly Block[]): StateValues {
  const kept: StateValues = {};
  for (const block of blocks) {
    const blockId = block.block_id ?? '';
    const now = fresh[blockId];
    if (now === undefined) continue;
    kept[blockId] = Object.fromEntries(
      Object.entries(now).map(([actionId, value]) => {
        const old = before[blockId]?.[actionId];
        return [actionId, old && old.type === value.type ? old : value];
      }),
    );
  }
  return kept;
}

/** A view as Slack's answers and payloads show it. */
export function viewJson(view: View, { teamId, appId, botId }: { teamId: string; appId: string; botId: string }): Json {
  return {
    id: view.id,
    team_id: teamId,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.privateMetadata,
    callback_id: view.callbackId,
    state: { values: view.state },
    hash: view.hash,
    title: view.title ?? { type: 'plain_text', text: 'View Title', emoji: true },
    clear_on_close: view.clearOnClose,
    notify_on_close: view.notifyOnClose,
    close: view.close ?? null,
    submit: view.submit ?? null,
    previous_view_id: view.previousViewId ?? null,
    root_view_id: view.rootViewId,
    app_id: appId,
    external_id: view.externalId,
    app_installed_team_id: teamId,
    bot_id: botId,
  };
}
