// The shape of every request to the world, and of its answer: plain data that a worker, a test or an HTTP adapter
// can carry. The simulator has no `Request` of the DOM or of Node, so this is the least that all three share.

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, percent-encoded: `/api/v1/pods?limit=500`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text of the body; JSON or YAML. */
  readonly body?: string;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Present for a watch or a followed log: more text will come after `body`. */
  readonly stream?: ApiStream;
}

/**
 * Text that keeps coming while the world runs. An open stream only observes: it is no part of the world's state and
 * changes nothing in it. Going back in time ends all streams.
 */
export interface ApiStream {
  /** Starts delivery; call the returned function to stop. `onEnd` is called once when nothing more will come. */
  open(onText: (text: string) => void, onEnd: () => void): () => void;
}
