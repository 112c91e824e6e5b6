// What a change has reached: for every program whether it would start, before and now, and what runs.
import type { MachineSnapshot } from '../../../sim/machines/snapshot.ts';
import { say } from '../../../draw/words.ts';
import type { WebFigureWords } from './words.ts';

export function Radius({
  now,
  before,
  words,
}: {
  readonly now: MachineSnapshot;
  readonly before: MachineSnapshot;
  readonly words: WebFigureWords;
}) {
  const programs = now.machines[0]?.programs ?? [];
  const then = before.machines[0]?.programs ?? [];
  const verdict = (error: string | null | undefined) => (error === null ? words.starts : words.fails);
  return (
    <div class="radius" role="group" aria-label={words.radius} tabIndex={0}>
      <table>
        <caption>{words.radius}</caption>
        <thead>
          <tr>
            <th scope="col">{words.program}</th>
            <th scope="col">{words.before}</th>
            <th scope="col">{words.now}</th>
            <th scope="col">{words.process}</th>
          </tr>
        </thead>
        <tbody>
          {programs.map((program) => {
            const old = then.find(({ key }) => key === program.key);
            const [process] = program.processes;
            const changed = old !== undefined && (old.error === null) !== (program.error === null);
            return (
              <tr key={program.key} class={changed ? 'changed' : ''}>
                <th scope="row">{program.name}</th>
                <td>{old ? `${old.version} ${verdict(old.error)}` : '–'}</td>
                <td class={program.error === null ? '' : 'foul'}>{`${program.version} ${verdict(program.error)}`}</td>
                <td>
                  {process
                    ? say(process.replaced || process.stale.length > 0 ? words.oldFiles : words.pid, {
                        pid: process.pid,
                      })
                    : words.none}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {programs.some(({ error }) => error !== null) && (
        <>
          <p class="head">{words.says}</p>
          {programs.map(({ key, error }) => error !== null && <pre key={key}>{error}</pre>)}
        </>
      )}
    </div>
  );
}
