import { z } from 'zod';
import { ApiFailure } from '../errors.js';
import type { Json, View } from '../types.js';
import { viewJson } from '../views.js';
import { type ApiContext, json, method, object } from './method.js';

const view = json(object);

const shown = ({ state }: ApiContext, one: View): Json => ({
  view: viewJson(one, { teamId: state.team.id, appId: state.app.id, botId: state.app.botId }),
});

const opening = z.object({ trigger_id: z.string().min(1), view });

export const views = {
  'views.open': method({
    tier: 4,
    args: opening,
    run(args, context) {
      const { userId } = context.triggers.exchange(args.trigger_id);
      return shown(context, context.views.open(userId, args.view));
    },
  }),
  'views.push': method({
    tier: 4,
    args: opening,
    run(args, context) {
      const { userId, viewId } = context.triggers.exchange(args.trigger_id);
      if (viewId === undefined) throw new ApiFailure('invalid_trigger_id');
      return shown(context, context.views.push(userId, args.view));
    },
  }),
  'views.update': method({
    tier: 4,
    args: z.object({ view_id: z.string().optional(), external_id: z.string().optional(), hash: z.string().optional(), view }),
    run(args, context) {
      const { view_id: id, external_id: externalId } = args;
      const known =
        id !== undefined ? context.views.find(id) : externalId !== undefined ? context.views.findExternal(externalId) : undefined;
      if (!known) throw new ApiFailure('not_found');
      return shown(context, context.views.update(known, args.view, args.hash));
    },
  }),
  'views.publish': method({
    tier: 4,
    args: z.object({ user_id: z.string().min(1), hash: z.string().optional(), view }),
    run(args, context) {
      if (!context.state.app.homeTab) throw new ApiFailure('not_enabled');
      if (!context.state.users.has(args.user_id)) throw new ApiFailure('user_not_found');
      return shown(context, context.views.publish(args.user_id, args.view, args.hash));
    },
  }),
};
