import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { act, confirmed } from './store.js';
import { type Json, object, text } from './types.js';

export type Value = string | number | string[] | null;

/** Where blocks stand: a message or a view, what its inputs hold, and how a change reaches the app. */
export interface Surface {
  /** `ts` of the message, or the id of the view. */
  where: string;
  /** What the inputs hold, by block_id and action_id, as the workspace knows it. */
  values: Record<string, Record<string, Json>>;
  /** What the app or the page refused, by block_id. */
  errors: Record<string, string>;
  /** Keeps what was typed until it is submitted. */
  keep: (blockId: string, actionId: string, value: Value) => void;
  /** Hands over what was typed so far, before something else in the same place is pressed. */
  flush: () => Promise<unknown>;
}

export const SurfaceContext = createContext<Surface>({
  where: '',
  values: {},
  errors: {},
  keep: () => undefined,
  flush: () => Promise.resolve(),
});
export const useSurface = (): Surface => useContext(SurfaceContext);

export interface Part {
  element: Json;
  block: Json;
}

/** How the names of a block and an element get into the page: a test finds them as a person does, a script by these. */
export const ids = ({ element, block }: Part) => ({ 'data-block-id': text(block.block_id), 'data-action-id': text(element.action_id) });

/** The workspace's own value of an input. */
export function useStored({ element, block }: Part): Json {
  return object(useSurface().values[text(block.block_id)]?.[text(element.action_id)]) ?? {};
}

type Order = { do: 'click' } | { do: 'choose'; value: Value };

/** Presses or chooses: asks first where the app wants it, is busy until the app answered, and says so when it did not. */
export function usePress({ element, block }: Part): { press: (order: Order) => Promise<boolean>; busy: boolean; failed: boolean } {
  const { where, flush } = useSurface();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const press = async (order: Order): Promise<boolean> => {
    const dialog = object(element.confirm);
    if (dialog && !(await confirmed(dialog))) return false;
    setBusy(true);
    setFailed(false);
    await flush();
    const what = text(element.action_id);
    const settled = await act<{ outcome: string }>({ ...order, where, what, blockId: text(block.block_id), confirm: dialog !== undefined });
    setBusy(false);
    setFailed(settled?.outcome !== 'acked');
    return settled?.outcome === 'acked';
  };
  return { press, busy, failed };
}

/** An input tells the app at once, or keeps its value for the submission. */
export function useChange(part: Part): { change: (value: Value) => void; busy: boolean; failed: boolean } {
  const surface = useSurface();
  const { press, busy, failed } = usePress(part);
  const change = (value: Value): void => {
    const { block, element } = part;
    surface.keep(text(block.block_id), text(element.action_id), value);
    if (block.type !== 'input' || block.dispatch_action === true) void press({ do: 'choose', value });
  };
  return { change, busy, failed };
}
