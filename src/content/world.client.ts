// The page's entry: says where the worker's file is. Nothing starts before a reader asks for a world.
import { provideWorker } from '../hosts/client.ts';

provideWorker(() => new Worker(new URL('./world.worker.ts', import.meta.url), { type: 'module' }));
