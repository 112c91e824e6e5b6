// What the loader would open for one program, in its order; who brought each file.
import type { MachineSnapshot } from '../../../sim/machines/snapshot.ts';
import { say } from '../../../draw/words.ts';
import type { WebFigureWords } from './words.ts';

export function Order({
  snapshot,
  program: key,
  words,
}: {
  readonly snapshot: MachineSnapshot;
  readonly program: string;
  readonly words: WebFigureWords;
}) {
  const [machine] = snapshot.machines;
  const program = machine?.programs.find((one) => one.key === key);
  if (!machine || !program) return null;
  return (
    <div class="order">
      <p class="head">{say(words.order, { name: program.name })}</p>
      {program.error === null ? (
        <ol>
          {program.loads.map(({ name, path }) => {
            const file = machine.libraries.find((library) => library.key === path);
            return (
              <li key={path}>
                <code>{name.slice(name.lastIndexOf('/') + 1)}</code>{' '}
                {file?.package && `${file.package.name} ${file.package.version}`}
              </li>
            );
          })}
        </ol>
      ) : (
        <ol>
          {program.needed.map((name) => {
            const found = machine.libraries.some(({ soname }) => soname === name);
            return (
              <li key={name} class={found ? '' : 'foul'}>
                <code>{found ? name : say(words.draw.noLibrary, { name })}</code>
              </li>
            );
          })}
        </ol>
      )}
    </div>
  );
}
