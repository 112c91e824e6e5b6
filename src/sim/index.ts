// The door of the simulator: what hosts, tests and the page may use.
export type { ApiRequest, ApiResponse } from './api/http.ts';
export type { JournalEntry } from './engine/journal.ts';
export { isSpoken } from './base-timeline.ts';
export { parseDuration } from './engine/time.ts';
export { readScenario, type Scenario } from './scenario.ts';
export { Timeline } from './timeline.ts';
export { type World } from './world.ts';
