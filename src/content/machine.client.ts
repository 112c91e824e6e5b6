// The page's entry where worlds are Linux machines: says where the worker's file is.
import { provideWorker } from '../hosts/client.ts';

provideWorker(() => new Worker(new URL('./machine.worker.ts', import.meta.url), { type: 'module' }));
