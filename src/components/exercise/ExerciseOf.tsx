// An exercise of any kind of world: one of the reader's own, a goal drawn beside it, a terminal, and checks that read the state of the
// world. Nothing runs before "Start the cluster"; off the screen time stands still.
import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { clock, say } from '../../draw/words.ts';
import type { ExerciseState, Opened } from '../../hosts/protocol.ts';
import { withStep } from '../progress/store.ts';
import { progress, setAside, startProgress, update } from '../progress/use-progress.ts';
import type { TerminalHandle, TerminalWords } from '../terminal/props.ts';
import { Terminal } from '../terminal/Terminal.tsx';
import { Goals, Mark } from './Goals.tsx';
import { Hints } from './Hints.tsx';
import { LiveWorld } from './live-world.ts';
import { Prose } from './Prose.tsx';
import { SolutionBar } from './SolutionBar.tsx';
import { TimeBar } from './TimeBar.tsx';
import { Transcript } from './Transcript.tsx';
import { useNarrow, useSeen } from './use-seen.ts';
import type { ExerciseWords } from './words.ts';
import './exercise.css';

interface StepText {
  readonly id: string;
  readonly title: string;
  readonly task: string;
  readonly picture: string;
  readonly goals: readonly string[];
  readonly hints: readonly [string, string, string];
  readonly why: string;
}

export interface ExerciseProps {
  readonly id: string;
  readonly scenario: string;
  readonly seed: number;
  readonly startMs: number;
  readonly steps: readonly StepText[];
  readonly words: ExerciseWords;
  readonly terminalWords: TerminalWords;
  /** Stills of every step, made at build time: the world as the step begins, and its goal. */
  readonly start?: ComponentChildren;
  readonly goal?: ComponentChildren;
}

/** How the world is drawn as it is now; `speed`, because at high speeds small motion only flickers. */
type DrawNow<S> = (snapshot: ReadonlySignal<S | undefined>, speed: number, id: string) => VNode;

/** How long a reader's cluster lives, virtual ms. */
const LIFE_MS = 4 * 3_600_000;
/** The copy is watched, not lived in. */
const COPY_SPEED = 5;

export function ExerciseOf<S>({ draw, ...props }: ExerciseProps & { readonly draw: DrawNow<S> }) {
  const { id, scenario, seed, startMs, steps, words } = props;
  const root = useRef<HTMLElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const index = useSignal(0);
  const world = useSignal<LiveWorld<S> | undefined>(undefined);
  const copy = useSignal<LiveWorld<S> | undefined>(undefined);
  const run = useSignal<Opened | undefined>(undefined);
  const rungs = useSignal<ReadonlySet<number>>(new Set());
  const name = `${id.replaceAll(/\W/g, '-')}-now`;
  const step = steps[index.value] as StepText;
  const live = world.value;
  const seen = useSeen(root);
  const narrow = useNarrow(root);

  useEffect(() => startProgress(), []);
  useEffect(
    () => () => {
      world.peek()?.close();
      copy.peek()?.close();
    },
    [],
  );

  // The worker says which step its goals are of; those of the step before may still be on their way.
  const state = useComputed<ExerciseState | undefined>(() => {
    const goals = world.value?.goals.value;
    return goals?.step === index.value ? goals : undefined;
  });
  const solved = state.value?.solved === true;
  const keyOf = (at: number) => `${id}#${steps[at]?.id ?? ''}`;
  useSignalEffect(() => {
    if (state.value?.solved === true) update((now) => withStep(now, keyOf(index.value), Date.now()));
  });

  // Time passes only where somebody looks: in the copy while it is shown, else in the reader's own cluster.
  useSignalEffect(() => {
    const on = seen.value;
    world.value?.do('visible', on && copy.value === undefined);
    copy.value?.do('visible', on);
  });

  const open = (solution: boolean) =>
    new LiveWorld<S>({
      scenario,
      seed,
      startMs,
      endMs: startMs + LIFE_MS,
      exercise: { id, step: index.value },
      ...(solution ? { solution } : {}),
    });
  const start = () => {
    world.value = open(false);
  };
  const mounted = (made: TerminalHandle) => {
    // The start button has gone; on a phone the terminal would call up the keyboard, so its place takes the focus.
    if (matchMedia('(pointer: fine)').matches) made.focus();
    else place.current?.focus({ preventScroll: true });
  };
  const goTo = (to: number) => {
    if (to === index.value) return;
    hide();
    index.value = to;
    rungs.value = new Set();
    world.value?.do('goToStep', to);
  };
  const show = () => {
    if (copy.value) return;
    const shown = open(true);
    shown.do('speed', COPY_SPEED);
    run.value = undefined;
    copy.value = shown;
    shown.opened.then(
      (opened) => {
        if (copy.peek() === shown) run.value = opened;
      },
      // Said by the world itself.
      () => undefined,
    );
  };
  const hide = () => {
    copy.value?.close();
    copy.value = undefined;
    run.value = undefined;
  };
  const openRung = (rung: number) => {
    const next = new Set(rungs.value);
    if (!next.delete(rung)) next.add(rung);
    rungs.value = next;
  };
  const next = () => {
    goTo(index.value + 1);
    root.current?.querySelector<HTMLElement>('.task')?.focus();
  };

  const shown = copy.value ?? live;
  const drawn = useComputed(() => (copy.value ?? world.value)?.snapshot.value !== undefined);
  const speed = useComputed(() => (copy.value ?? world.value)?.clock.value?.speed ?? 1);
  const trouble = (copy.value ?? live)?.trouble.value;
  return (
    <section class="exercise" ref={root} data-live="" data-step={index.value} aria-label={step.title}>
      <header>
        {setAside.value !== '' && (
          <p class="trouble" role="status">
            {say(words.setAside, { reason: setAside.value })}
          </p>
        )}
        {steps.length > 1 && (
          <ol class="steps" aria-label={words.steps}>
            {steps.map(({ id: stepId, title }, i) => {
              const done = keyOf(i) in progress.value.steps;
              return (
                <li key={stepId}>
                  <button type="button" aria-current={i === index.value ? 'step' : undefined} onClick={() => goTo(i)}>
                    <Mark met={done} />
                    <span class="visually-hidden">
                      {say(words.step, { n: i + 1, of: steps.length })}
                      {done ? `, ${words.solvedBefore}` : ''}:{' '}
                    </span>
                    {title}
                  </button>
                </li>
              );
            })}
          </ol>
        )}
        <h3 class="task" tabIndex={-1}>
          {steps.length === 1 && keyOf(0) in progress.value.steps && (
            <>
              <Mark met />
              <span class="visually-hidden">{words.solvedBefore}: </span>
            </>
          )}
          {step.title}
        </h3>
        <p>
          <Prose text={step.task} />
        </p>
      </header>

      {/* On a phone the two stand side by side all the same, and are scrolled. */}
      <div class="pictures" role="group" aria-label={words.pictures} tabIndex={narrow.value ? 0 : undefined}>
        <figure>
          <figcaption>{copy.value ? words.copy : live ? words.now : words.atStart}</figcaption>
          {shown && drawn.value ? draw(shown.snapshot, speed.value, name) : <div class="stills">{props.start}</div>}
        </figure>
        <figure>
          <figcaption>
            {words.goal} {step.picture}
          </figcaption>
          <div class="stills">{props.goal}</div>
        </figure>
      </div>

      {copy.value ? (
        <SolutionBar world={copy.value} run={run} onHide={hide} words={words} />
      ) : (
        live && <TimeBar world={live} words={words} />
      )}
      {trouble && (
        <p class="trouble" role="alert">
          {say(trouble.kind === 'broken' ? words.broken : words.refused, {
            seed: trouble.seed,
            message: trouble.message,
          })}
        </p>
      )}

      <div class="work">
        <div class="left">
          <Goals say={step.goals} state={state.value} words={words} />
          <Hints
            hints={step.hints}
            open={rungs.value}
            onOpen={openRung}
            onShow={() => (copy.value ? hide() : show())}
            showing={copy.value !== undefined}
            words={words}
          />
          {solved && (
            <div class="why">
              <p>
                <strong>{words.solved}</strong>{' '}
                {index.value + 1 < steps.length ? (
                  <button type="button" class="first" onClick={next}>
                    {words.next}
                  </button>
                ) : (
                  steps.length > 1 && words.allSolved
                )}
              </p>
              <h4>{words.why}</h4>
              <p>
                <Prose text={step.why} />
              </p>
              <Causes state={state.value} now={live?.clock.peek()?.at ?? 0} words={words} />
            </div>
          )}
        </div>
        <div class="right" ref={place} tabIndex={-1}>
          {live ? (
            <div class="place" inert={copy.value !== undefined}>
              <Terminal
                label={words.terminal}
                words={props.terminalWords}
                connect={() => live.shell()}
                edit={live.edit}
                onEdited={(text) => live.edited(text)}
                active
                handle={mounted}
              />
            </div>
          ) : (
            <div class="before">
              <button type="button" class="first" onClick={start}>
                {words.start}
              </button>
              <p>{words.startNote}</p>
            </div>
          )}
          {copy.value && <Transcript world={copy.value} run={run} words={words} />}
        </div>
      </div>
      <Status say={step.goals} state={state.value} words={words} />
    </section>
  );
}

/** The chain of causes from the journal; what lies ahead of the reader's present says so. */
function Causes({
  state,
  now,
  words,
}: {
  readonly state: ExerciseState | undefined;
  readonly now: number;
  readonly words: ExerciseWords;
}) {
  return (
    <ol class="causes">
      {state?.causes.map(({ at, subject, message }, i, all) => (
        <li key={i}>
          <time>{clock(at)}</time>
          {at > now && <em> {words.ahead}</em>}
          {subject !== all[i - 1]?.subject && (
            <>
              {' '}
              <code>{subject.split('/').at(-1)}</code>
            </>
          )}{' '}
          {message}
        </li>
      ))}
    </ol>
  );
}

/** One polite sentence when a goal is reached or lost; silent while nothing changes. */
function Status({
  say: goals,
  state,
  words,
}: {
  readonly say: readonly string[];
  readonly state: ExerciseState | undefined;
  readonly words: ExerciseWords;
}) {
  const before = useRef<ReadonlySet<number> | undefined>(undefined);
  const text = useSignal('');
  useEffect(() => {
    if (!state) {
      before.current = undefined;
      text.value = '';
      return;
    }
    const met = new Set(state.goals.flatMap((goal, i) => (goal.met ? [i] : [])));
    const told = before.current;
    before.current = met;
    if (!told || !state.tried) return;
    const gained = [...met].filter((i) => !told.has(i));
    const lost = [...told].filter((i) => !met.has(i));
    if (state.solved && gained.length > 0) text.value = words.solved;
    else if (gained.length > 0) text.value = gained.map((i) => say(words.nowMet, { goal: goals[i] ?? '' })).join(' ');
    else if (lost.length > 0) text.value = lost.map((i) => say(words.noMore, { goal: goals[i] ?? '' })).join(' ');
  }, [state]);
  return (
    <p class="visually-hidden" role="status">
      {text}
    </p>
  );
}
