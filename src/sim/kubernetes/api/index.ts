// The door to the API server.
export { type ApiServer, createApiServer } from './server.ts';
export { createSystemObjects } from './system-objects.ts';
