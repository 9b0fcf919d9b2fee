import { z } from 'zod';
import { checkBlocks, checkView } from '../blocks/validate.js';
import { ApiFailure } from '../errors.js';
import type { Json } from '../types.js';
import { json, method, object } from './method.js';

const POINTED = /^(.*) \[json-pointer:(.*)\]$/s;

/** Slack's codes for the kinds of fault this validator tells apart. */
function codeOf(message: string): string {
  if (message.startsWith('missing required field')) return 'missing_required_field';
  if (message.startsWith('unsupported type')) return 'unsupported_type';
  if (message.startsWith('invalid additional property')) return 'invalid_additional_property';
  return 'failed_constraint';
}

function asError(fault: string): Json {
  const [, message = fault, pointer = ''] = POINTED.exec(fault) ?? [];
  return { pointer, code: codeOf(message), message };
}

function answer(error: string, faults: readonly string[]): Json {
  if (faults.length === 0) return {};
  throw new ApiFailure(error, { errors: faults.map(asError) });
}

const payload = { blocks: json(z.array(z.unknown())).optional(), message: json(object).optional(), view: json(object).optional() };

export const blocks = {
  'blocks.validate': method({
    tier: 3,
    args: z.object(payload),
    run({ blocks: list, message, view }) {
      if ([list, message, view].filter((given) => given !== undefined).length !== 1) {
        const messages = ['[ERROR] must provide exactly one of blocks, message and view'];
        throw new ApiFailure('invalid_arguments', { response_metadata: { messages } });
      }
      if (list) return answer('invalid_blocks', checkBlocks(list, 'message', []));
      if (message)
        return answer('invalid_message', checkBlocks(Array.isArray(message.blocks) ? message.blocks : [], 'message', ['blocks']));
      return answer('invalid_view', checkView(view ?? {}, view?.type === 'home' ? 'home' : 'modal'));
    },
  }),
};
