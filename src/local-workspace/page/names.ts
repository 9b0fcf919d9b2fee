import { state } from './store.js';
import type { User } from './types.js';

export const userOf = (id: string): User | undefined => state.info?.users.find((user) => user.id === id);
export const userName = (id: string): string =>
  id === 'USLACKBOT' ? 'Workspace' : (userOf(id)?.realName ?? state.info?.users.find((user) => user.name === id)?.realName ?? id);
export const channelName = (id: string): string => state.info?.channels.find((channel) => channel.id === id)?.name ?? id;
export const groupName = (id: string): string => state.info?.groups.find((group) => group.id === id)?.handle ?? id;

/** Whether a mention means the person at the keyboard. */
export const isMe = (id: string): boolean =>
  id === state.info?.me || (state.info?.groups.some((group) => group.id === id && group.users.includes(state.info?.me ?? '')) ?? false);

// Making a format costs milliseconds, using it none, and every message on the screen asks for one.
const TIME = new Intl.DateTimeFormat([], { hour: '2-digit', minute: '2-digit' });
let fullTime: Intl.DateTimeFormat | undefined;

const dateOf = (ts: string): Date => new Date(Number(ts.split('.')[0]) * 1000);

export const timeOf = (ts: string): string => TIME.format(dateOf(ts));

/** Date and time in full for who points at a short one; written when that happens, not with each of a thousand messages. */
export const tellsInFull = (ts: string) => ({
  onPointerEnter({ currentTarget }: { currentTarget: HTMLElement }): void {
    fullTime ??= new Intl.DateTimeFormat([], { dateStyle: 'full', timeStyle: 'medium' });
    currentTarget.title = fullTime.format(dateOf(ts));
  },
});
export const isoOf = (ts: string): string => dateOf(ts).toISOString();
export const dayOf = (ts: string): string => dateOf(ts).toDateString();

export function dayName(ts: string): string {
  const day = dayOf(ts);
  const now = state.info?.now ?? Date.now();
  if (day === new Date(now).toDateString()) return 'Today';
  if (day === new Date(now - 86_400_000).toDateString()) return 'Yesterday';
  return dateOf(ts).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' });
}

export const sizeWords = (bytes: number): string =>
  bytes < 1000 ? `${bytes} B` : bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
