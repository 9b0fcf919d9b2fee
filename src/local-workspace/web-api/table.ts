import { blocks } from './blocks.js';
import { bookmarks } from './bookmarks.js';
import { chat } from './chat.js';
import { conversations } from './conversations.js';
import { files } from './files.js';
import type { Method } from './method.js';
import { people } from './people.js';
import { pins } from './pins.js';
import { reactions } from './reactions.js';
import { scheduled } from './scheduled.js';
import { stream } from './stream.js';
import { views } from './views.js';

/** Every method the workspace answers. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>(
  Object.entries({
    ...people,
    ...chat,
    ...scheduled,
    ...stream,
    ...pins,
    ...bookmarks,
    ...blocks,
    ...conversations,
    ...views,
    ...reactions,
    ...files,
  }),
);
