type WorkspaceErrorCode = 'port_taken' | 'invalid_seed' | 'invalid_state' | 'refused' | 'timed_out';

/** What goes wrong for whoever starts or drives the workspace; `message` says what to do. */
export class WorkspaceError extends Error {
  constructor(
    readonly code: WorkspaceErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'WorkspaceError';
  }
}

/** What a Web API method answers with `ok: false`. */
export class ApiFailure extends Error {
  constructor(
    readonly error: string,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(error);
    this.name = 'ApiFailure';
  }
}

/** Thrown where a person at the keyboard would be refused: no such button, an empty required field, a dialog not answered. */
export const refused = (message: string): WorkspaceError => new WorkspaceError('refused', message);
