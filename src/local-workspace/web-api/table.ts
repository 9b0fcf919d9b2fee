import { chat } from './chat.js';
import { conversations } from './conversations.js';
import { files } from './files.js';
import type { Method } from './method.js';
import { people } from './people.js';
import { reactions } from './reactions.js';
import { views } from './views.js';

/** Every method the workspace answers. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>(
  Object.entries({ ...people, ...chat, ...conversations, ...views, ...reactions, ...files }),
);
