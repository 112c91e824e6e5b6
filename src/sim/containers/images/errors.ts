// What a container engine refuses, with the status that its HTTP API answers.

export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  readonly status: 400 | 401 | 403 | 404 | 409 | 500 | 501;
  constructor(status: DaemonError['status'], message: string) {
    super(message);
    this.status = status;
  }
}
