// `docker events`: what has happened to containers, images, networks and volumes. Models moby 28 daemon/events.go and
// daemon/events/events.go: the last 256 are kept.
import type { Dockerd } from './dockerd.ts';
import type { Container, EngineEvent, Network } from './state.ts';

const MOST_EVENTS = 256;

export function emit(
  engine: Dockerd,
  type: EngineEvent['type'],
  action: string,
  id: string,
  attributes: Readonly<Record<string, string>>,
): void {
  const sorted = Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  const event: EngineEvent = { at: engine.sim.now, type, action, id, attributes: sorted };
  engine.state.events = [...engine.state.events.slice(1 - MOST_EVENTS), event];
  engine.notify({ kind: 'event', event });
}

export function containerEvent(
  engine: Dockerd,
  container: Container,
  action: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const { id, config, name } = container;
  emit(engine, 'container', action, id, { ...config.Labels, ...more, image: config.Image, name });
}

export function networkEvent(engine: Dockerd, network: Network, action: string, container?: string): void {
  const attributes = { name: network.name, type: network.driver, ...(container !== undefined && { container }) };
  emit(engine, 'network', action, network.id, attributes);
}

/** The document of an event. */
export function eventDocument(engine: Dockerd, event: EngineEvent): Readonly<Record<string, unknown>> {
  const ms = engine.sim.epochMs + event.at;
  const old =
    event.type === 'container'
      ? { status: event.action, id: event.id, from: event.attributes['image'] ?? '' }
      : event.type === 'image'
        ? { status: event.action, id: event.id }
        : {};
  return {
    ...old,
    Type: event.type,
    Action: event.action,
    Actor: { ID: event.id, Attributes: event.attributes },
    scope: 'local',
    time: Math.floor(ms / 1000),
    timeNano: ms * 1_000_000,
  };
}
