// How kubectl 1.32 says that something went wrong (kubectl/pkg/cmd/util/helpers.go, checkErr): one sentence on
// standard error and an exit code.

interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly StatusCause[];
    readonly retryAfterSeconds?: number;
  };
}

/** An error that kubectl itself finds. */
export class KubectlError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** One whose text is printed as it is, without `error:` before it. */
export class BareError extends KubectlError {}

/** Ends the command without a text: all that had to be said was said. */
export class Exit extends KubectlError {
  constructor(exitCode: number) {
    super('', exitCode);
  }
}

/** An answer of the API server that is not a success. `context` stands before the server's message. */
export class ApiError extends Error {
  readonly status: Status;
  readonly context: string;
  constructor(status: Status, context = '') {
    super(context + (status.message ?? ''));
    this.status = status;
    this.context = context;
  }
  get isNotFound(): boolean {
    return this.status.reason === 'NotFound';
  }
  with(context: string): ApiError {
    return new ApiError(this.status, context + this.context);
  }
}

/** Several errors of one command, each on its own line. */
export class Errors extends Error {
  readonly all: readonly Error[];
  constructor(all: readonly Error[]) {
    super(all.map((error) => error.message).join('\n'));
    this.all = all;
  }
}

export function throwAll(errors: readonly Error[]): void {
  if (errors.length === 1 && errors[0]) throw errors[0];
  if (errors.length > 1) throw new Errors(errors);
}

export function usageError(path: string, message: string): KubectlError {
  return new KubectlError(`${message}\nSee 'kubectl ${path} -h' for help and examples`);
}

export function notSimulated(what: string): KubectlError {
  return new KubectlError(`${what} is real kubectl but not simulated here`);
}

/** The text for standard error, with its newline. */
export function errorText(error: unknown): string {
  // Go takes the one error out of a list of one, but only once.
  const lone = error instanceof Errors && error.all.length === 1 ? error.all[0] : error;
  if (lone instanceof Errors) return lone.all.map((one) => `${messageOf(one)}\n`).join('');
  if (lone !== error) return errorText(lone);
  if (error instanceof ApiError) return `${statusText(error)}\n`;
  const message = error instanceof Error ? error.message : String(error);
  if (message === '') return '';
  if (error instanceof BareError) return `${message}\n`;
  const prefixed = message.startsWith('error: ') ? message : `error: ${message}`;
  return prefixed.endsWith('\n') ? prefixed : `${prefixed}\n`;
}

/** One of several errors: without the prefix of a lone one (MultipleErrors). */
function messageOf(error: Error): string {
  if (error instanceof ApiError) return standardText(error);
  return error instanceof Errors ? aggregateText(error) : error.message;
}

/** As a Go aggregate writes itself: each message once. */
function aggregateText({ all }: Errors): string {
  const messages = [...new Set(all.map((error) => (error instanceof Errors ? aggregateText(error) : error.message)))];
  return messages.length === 1 ? (messages[0] ?? '') : `[${messages.join(', ')}]`;
}

function statusText(error: ApiError): string {
  const { status } = error;
  const { details } = status;
  if (status.reason !== 'Invalid') return standardText(error);
  if (!details) return `The request is invalid: ${status.message ?? ''}`;
  const causes = [...new Set((details.causes ?? []).map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`))];
  const named = Boolean(details.kind) || Boolean(details.name);
  const subject = named
    ? `The ${details.kind ?? ''} ${JSON.stringify(details.name ?? '')} is invalid`
    : 'The request is invalid';
  if (causes.length === 0) return named ? subject : `${subject}: ${status.message ?? ''}`;
  if (causes.length === 1) return `${subject}: ${causes[0] ?? ''}`;
  return `${subject}: \n${causes.map((cause) => `* ${cause}`).join('\n')}`;
}

function standardText(error: ApiError): string {
  const { reason } = error.status;
  if (reason === 'Unauthorized') return `error: You must be logged in to the server (${error.status.message ?? ''})`;
  return reason ? `Error from server (${reason}): ${error.message}` : `Error from server: ${error.message}`;
}
