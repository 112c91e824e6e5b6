// The container engines of a world of machines, and the registries that they know. Apart from `world.ts`, so that a page
// whose machines have no engine does not load one.
import { addRegistries } from '../containers/images/catalogue.ts';
import { createEngine, routesOf, type Engine } from '../containers/engine/index.ts';
import { serverPrograms } from '../containers/engine/servers.ts';
import { Registries } from '../containers/registry/registries.ts';
import type { EngineMaker } from './world.ts';

export const engines: EngineMaker = {
  programs: serverPrograms,
  make(sim, machines, http) {
    const registries = new Registries(sim);
    addRegistries(registries);
    const made = new Map<string, Engine>();
    for (const machine of machines) {
      made.set(machine.name, createEngine(sim, machine, { registries, http }));
      // Whoever may write to it may ask the engine: root, and the group docker where there is one.
      machine.taskFiles(1).mknod('/run/docker.sock', 'socket', 0o660);
    }
    return { engines: made, registries, routes: routesOf(made) };
  },
};
