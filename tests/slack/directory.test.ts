import { afterEach, beforeEach, expect, it } from 'vitest';
import { startWorkspace, type Workspace } from '../../src/local-workspace/index.js';
import { createInteractiveClient } from '../../src/slack/clients.js';
import { createDirectory, type WorkspaceDirectory } from '../../src/slack/directory.js';

let workspace: Workspace;
let directory: WorkspaceDirectory;
let now = 0;
const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => 'error' as never, setName() {} };
const id = (name: string) => workspace.driver.as(name).id;

beforeEach(async () => {
  workspace = await startWorkspace();
  now = 0;
  directory = createDirectory(
    createInteractiveClient({ botToken: workspace.botToken, slackApiUrl: workspace.apiUrl, logger: silent }),
    () => now,
  );
});
afterEach(() => workspace.stop());

it('knows who belongs to a group, by handle or id, and who is an admin of the workspace (AP-4, SE-2)', async () => {
  const [group] = workspace.driver.groups();
  expect(await directory.isMemberOf('release-team', id('ravi'))).toBe(true);
  expect(await directory.isMemberOf('@release-team', id('mei'))).toBe(false);
  expect(await directory.isMemberOf(group!.id, id('ravi'))).toBe(true);
  expect(await directory.isWorkspaceAdmin(id('dana'))).toBe(true);
  expect(await directory.isWorkspaceAdmin(id('ravi'))).toBe(false);
  expect(await directory.groupIds(['@release-team', '@nobody'])).toEqual(new Map([['@release-team', group!.id]]));
});

it('asks Slack once for a while, and notices a withdrawal after it', async () => {
  await Promise.all([directory.isMemberOf('release-team', id('ravi')), directory.isMemberOf('release-team', id('mei'))]);
  expect(workspace.driver.calls.map(({ method }) => method)).toEqual(['usergroups.list', 'usergroups.users.list']);
  workspace.driver.groups()[0]!.users.splice(0);
  now = 29_000;
  expect(await directory.isMemberOf('release-team', id('ravi'))).toBe(true);
  now = 31_000;
  expect(await directory.isMemberOf('release-team', id('ravi'))).toBe(false);
});

it('keeps the ids of groups for display while Slack does not answer, without asking all the time', async () => {
  const [group] = workspace.driver.groups();
  const known = new Map([['@release-team', group!.id]]);
  expect(await directory.groupIds(['@release-team'])).toEqual(known);
  now = 31_000;
  workspace.driver.fault('usergroups.list', { kind: 'error', error: 'missing_scope' }, 99);
  for (let n = 0; n < 5; n += 1) expect(await directory.groupIds(['@release-team'])).toEqual(known);
  expect(workspace.driver.calls).toHaveLength(2);
});

it('throws when it cannot tell, and asks anew the next time', async () => {
  await expect(directory.isMemberOf('nobody', id('ravi'))).rejects.toThrow(/no user group "nobody"/);
  workspace.driver.fault('users.info', { kind: 'error', error: 'internal_error' });
  await expect(directory.isWorkspaceAdmin(id('dana'))).rejects.toThrow();
  expect(await directory.isWorkspaceAdmin(id('dana'))).toBe(true);
  workspace.driver.fault('users.info', { kind: 'slow', ms: 4000 });
  await expect(directory.isWorkspaceAdmin(id('mei'))).rejects.toThrow(/Slack is unavailable/);
});
