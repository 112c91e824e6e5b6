// How a program shares its processors among the requests it holds: processor sharing with a first-come queue before
// it, as fluid. `n` requests at work share the CPU limit (the cgroup quota) evenly, and none gets more than one core,
// because a request is one thread. Throttling is the same thing at this level: a share below one core.
//
// Departures: the quota is not cut into 100 ms periods, requests do nothing but compute, and pods of one node do not
// slow each other down. Work is counted in millicore-milliseconds, so everything stays an integer.

/** Mutable; owned by one process. Plain data. */
export interface Server {
  readonly capacityMilli: number;
  /** Requests at work at the same time, and how many may wait for a turn. */
  readonly concurrency: number;
  readonly queueLimit: number;
  /** Work that every request at work has been given since the server was last idle, as of `at`. */
  given: number;
  at: number;
  /** Requests at work, by the value of `given` at which each is finished. */
  ids: number[];
  ends: number[];
  /** Waiting requests from `head` on. */
  waiting: number[];
  waitingWork: number[];
  head: number;
  waitingSum: number;
  /** CPU used in the present second of the world clock, and in the one before. */
  second: number;
  used: number;
  usedBefore: number;
  /** The same for the spans between two scrapes. */
  span: number;
  spanUsed: number;
  spanUsedBefore: number;
}

/** Usage is also kept as means between whole multiples of this time, as metrics-server scrapes it. */
const SCRAPE_MS = 15_000;

export function createServer(capacityMilli: number, concurrency: number, queueLimit: number, now: number): Server {
  return {
    capacityMilli: Math.max(1, capacityMilli),
    concurrency: Math.max(1, concurrency),
    queueLimit,
    given: 0,
    at: now,
    ids: [],
    ends: [],
    waiting: [],
    waitingWork: [],
    head: 0,
    waitingSum: 0,
    second: Math.floor(now / 1000),
    used: 0,
    usedBefore: 0,
    span: Math.floor(now / SCRAPE_MS),
    spanUsed: 0,
    spanUsedBefore: 0,
  };
}

export function copyServer(server: Server): Server {
  return {
    ...server,
    ids: server.ids.slice(),
    ends: server.ends.slice(),
    waiting: server.waiting.slice(server.head),
    waitingWork: server.waitingWork.slice(server.head),
    head: 0,
  };
}

/** Requests at work and waiting. */
export function held(server: Server): number {
  return server.ids.length + server.waiting.length - server.head;
}

/** Takes a request in; false when the queue is full. Settle first. */
export function offer(server: Server, now: number, id: number, work: number): boolean {
  advance(server, now);
  if (server.ids.length < server.concurrency) {
    begin(server, id, server.given + work);
    return true;
  }
  if (server.waiting.length - server.head >= server.queueLimit) return false;
  server.waiting.push(id);
  server.waitingWork.push(work);
  server.waitingSum += work;
  return true;
}

/** When the next request is finished; Infinity when none is at work. */
export function nextFinish(server: Server): number {
  const end = server.ends[0];
  return end === undefined ? Infinity : server.at + Math.max(0, Math.ceil((end - server.given) / rate(server)));
}

/** Brings the server to `now` and reports what is finished, in order. Waiting requests take the places. */
export function settle(server: Server, now: number, finished: (id: number) => void): void {
  advance(server, now);
  for (;;) {
    const end = server.ends[0];
    if (end === undefined || end > server.given) return;
    const id = server.ids.shift() as number;
    server.ends.shift();
    const next = server.waiting[server.head];
    if (next !== undefined) {
      const work = server.waitingWork[server.head] as number;
      server.head++;
      server.waitingSum -= work;
      if (server.head > 256 && server.head * 2 > server.waiting.length) {
        server.waiting = server.waiting.slice(server.head);
        server.waitingWork = server.waitingWork.slice(server.head);
        server.head = 0;
      }
      // The place was free from the moment the other was finished, within this millisecond: no work is lost.
      begin(server, next, end + work);
    } else if (server.head > 0) {
      server.waiting = [];
      server.waitingWork = [];
      server.head = 0;
    }
    if (server.ids.length === 0) server.given = 0;
    finished(id);
  }
}

/**
 * How long a request of `work` would take if it came now and nothing came after it; undefined when the queue is full.
 * The server is not disturbed by the question.
 */
export function forecast(server: Server, now: number, work: number): number | undefined {
  const n = server.ids.length;
  if (n < server.concurrency) return Math.ceil(work / share(server, n + 1));
  if (server.waiting.length - server.head >= server.queueLimit) return undefined;
  const ends = server.ends.slice();
  for (let i = server.head; i < server.waiting.length; i++) {
    const free = ends.shift() as number;
    insert(ends, free + (server.waitingWork[i] as number));
  }
  const given = server.given + rate(server) * (now - server.at);
  return Math.max(1, Math.ceil(((ends[0] as number) + work - given) / rate(server)));
}

/** Roughly how long a newcomer waits for its turn, without walking the queue. */
export function backlogMs(server: Server): number {
  const n = server.ids.length;
  if (n < server.concurrency) return 0;
  return Math.floor((server.waitingSum + ((server.ends[0] as number) - server.given) * n) / server.capacityMilli);
}

/** Millicores used over the last whole second of the world clock. */
export function usageMilli(server: Server, now: number): number {
  const second = Math.floor(now / 1000);
  const load = rate(server) * server.ids.length;
  if (second === server.second) return Math.floor(server.usedBefore / 1000);
  if (second > server.second + 1) return load;
  return Math.floor((server.used + load * (second * 1000 - server.at)) / 1000);
}

/** Millicores used between the last two scrapes, on average. */
export function scrapedMilli(server: Server, now: number): number {
  const span = Math.floor(now / SCRAPE_MS);
  const load = rate(server) * server.ids.length;
  if (span === server.span) return Math.floor(server.spanUsedBefore / SCRAPE_MS);
  if (span > server.span + 1) return load;
  return Math.floor((server.spanUsed + load * (span * SCRAPE_MS - server.at)) / SCRAPE_MS);
}

/** Forgets all requests and returns them, those at work first. */
export function abort(server: Server, now: number): readonly number[] {
  advance(server, now);
  const all = [...server.ids, ...server.waiting.slice(server.head)];
  server.ids = [];
  server.ends = [];
  server.waiting = [];
  server.waitingWork = [];
  server.head = 0;
  server.waitingSum = 0;
  server.given = 0;
  return all;
}

function advance(server: Server, now: number): void {
  const elapsed = now - server.at;
  if (elapsed <= 0) return;
  const n = server.ids.length;
  const second = Math.floor(now / 1000);
  const each = n === 0 ? 0 : rate(server);
  const load = each * n;
  if (second === server.second) {
    server.used += load * elapsed;
  } else {
    server.usedBefore = second > server.second + 1 ? load * 1000 : server.used + load * (second * 1000 - server.at);
    server.used = load * (now - second * 1000);
    server.second = second;
  }
  const span = Math.floor(now / SCRAPE_MS);
  if (span === server.span) server.spanUsed += load * elapsed;
  else {
    server.spanUsedBefore =
      span > server.span + 1 ? load * SCRAPE_MS : server.spanUsed + load * (span * SCRAPE_MS - server.at);
    server.spanUsed = load * (now - span * SCRAPE_MS);
    server.span = span;
  }
  server.given += each * elapsed;
  server.at = now;
}

function begin(server: Server, id: number, end: number): void {
  server.ids.splice(insert(server.ends, end), 0, id);
}

/** Puts `end` behind all that are not later, and returns where. Nearly always the last place. */
function insert(ends: number[], end: number): number {
  let place = ends.length;
  while (place > 0 && (ends[place - 1] as number) > end) place--;
  ends.splice(place, 0, end);
  return place;
}

function rate(server: Server): number {
  return share(server, server.ids.length);
}

function share(server: Server, n: number): number {
  return n === 0 ? 0 : Math.max(1, Math.min(1000, Math.floor(server.capacityMilli / n)));
}
