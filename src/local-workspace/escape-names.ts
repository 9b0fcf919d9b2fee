import type { WorkspaceState } from './state.js';

/** With `should_escape`, Slack turns the names a person typed into ids. */
export function escapeNames(state: WorkspaceState, text: string): string {
  return text
    .replace(/(^|\s)@([a-z0-9._-]+)/g, (whole, before: string, name: string) => {
      const user = state.findUser(name);
      const group = state.groups.find((one) => one.handle === name);
      if (user) return `${before}<@${user.id}>`;
      return group ? `${before}<!subteam^${group.id}>` : whole;
    })
    .replace(/(^|\s)#([a-z0-9._-]+)/g, (whole, before: string, name: string) => {
      const channel = state.findChannel(name);
      return channel ? `${before}<#${channel.id}|${channel.kind === 'private' ? '' : channel.name}>` : whole;
    })
    .replace(/(^|\s)(https?:\/\/[^\s<>]+)/g, (_whole, before: string, url: string) => `${before}<${url}>`);
}
