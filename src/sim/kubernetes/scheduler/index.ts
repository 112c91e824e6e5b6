// The scheduler's door.
export { defaultProfiles, type Profiles, readConfiguration } from './configuration.ts';
export { createScheduler, type Scheduler } from './scheduler.ts';
