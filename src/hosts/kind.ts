// What a host must know of a kind of world: how its timeline is made, how a shell gets at it, what pictures and questions
// read of it. The hosts themselves know none; `kinds/` has one file for each.
import type { BaseTimeline, Logged } from '../sim/base-timeline.ts';
import type { Simulation } from '../sim/engine/simulation.ts';
import type { ShellHost } from '../shell/program.ts';
import type { CellView } from '../sim/cell-snapshot.ts';
import type { Choice, Explanation } from './protocol.ts';
import type { ShellHostOptions } from './shell-host.ts';
import type { Waiters } from './waiters.ts';

export interface AnyWorld {
  readonly sim: Simulation;
}

/** A timeline of any kind of world, as far as hosts treat them alike. */
export interface AnyTimeline<W extends AnyWorld = AnyWorld> extends Omit<
  BaseTimeline<W, { readonly kind: string }>,
  'put' | 'log' | 'past' | 'subjectOf' | 'standWith'
> {
  readonly inputs: readonly Logged<{ readonly kind: string }>[];
  fork(): AnyTimeline<W>;
}

export interface ShellKind<T> {
  /** The way of a shell into that world. */
  shellHost(timeline: T, waiters: Waiters, options?: ShellHostOptions): ShellHost;
}

/** @typeParam S the scenario, @typeParam T the timeline, @typeParam V what pictures read */
export interface WorldKind<S, T extends AnyTimeline, V extends object = object> extends ShellKind<T> {
  timeline(scenario: S, seed: number, inputs?: T['inputs'], spacing?: number): T;
  /** What pictures read of it. */
  snapshot(timeline: T): V;
  explain(timeline: T, subject: string): Explanation;
  choice?(timeline: T, pod: string): Choice | undefined;
  /** Of clusters: what the page may do to nodes, and the heat-map of large ones. */
  readonly nodes?: {
    has(timeline: T, node: string): boolean;
    setRunning(timeline: T, node: string, running: boolean): void;
    setTaint(timeline: T, node: string, on: boolean): void;
    /** Virtual ms between checkpoints in a cell that is not sought but looked back on; undefined for the usual. */
    spacing(scenario: S): number | undefined;
    cell(timeline: T): CellView;
  };
}
