// How docker's command line fails (docker/cli 28.2, cmd/docker/docker.go and cli/error.go): a text for standard error
// and an exit code.

export class DockerError extends Error {
  override readonly name = 'DockerError';
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What the engine answered, as the client tells it. */
export class EngineError extends DockerError {
  readonly status: number;
  constructor(message: string, status: number) {
    super(`Error response from daemon: ${message}`);
    this.status = status;
  }
}

/** Ends with a code and says nothing more. */
export class Exit extends DockerError {
  constructor(exitCode: number) {
    super('', exitCode);
  }
}

/** Of a thing that docker can do and this one cannot. */
export function notSimulated(what: string): DockerError {
  return new DockerError(`docker: ${what} is not simulated`);
}

/** Several failures, each on its line. */
function throwAll(errors: readonly Error[]): void {
  if (errors.length > 0) throw new DockerError(errors.map(({ message }) => message).join('\n'));
}

/** Does something for each and goes on after a failure of docker's own. */
export async function each<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const errors: Error[] = [];
  for (const item of items) {
    try {
      await act(item);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
}
