export type { Driver, ReadOptions } from './driver.js';
export { WorkspaceError } from './errors.js';
export type { Fault } from './faults.js';
export type { InputValue } from './inputs.js';
export type { Person, PressOptions } from './person.js';
export { type Names, renderMessage } from './render.js';
export type { WorkspaceSeed } from './seed.js';
export type { ApiCall, DeliveryRecord, LogEntry, LogKind, Message, MessageVersion, User, View } from './types.js';
export { startWorkspace, type Workspace, type WorkspaceOptions } from './workspace.js';
