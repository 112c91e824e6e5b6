// The land outside the cluster: who calls, which Services answer, and the quay where pods wait for a node.
import type { ClusterSnapshot, PodSnapshot } from '../sim/snapshot.ts';
import { markAround, podBox, workloadOf } from './box.ts';
import { waitingAt } from './channels.ts';
import { callersOf, quayPods, type Layout } from './layout.ts';
import { fit, textWidth } from './measure.ts';
import { circle, group, line, mono, num, path, rect, text, type Group, type Shape } from './shapes.ts';
import { say, type DrawWords } from './words.ts';

export function shore({ shore: land, narrow }: Layout): Group {
  const { x, y, width: w, height: h } = land;
  // The water's edge: long, flat swells, each the mirror of the one before.
  if (narrow) {
    const count = Math.max(2, Math.round(w / 90));
    const step = w / count;
    const edge = `q${num(-step / 2)} 6 ${num(-step)} 0${`t${num(-step)} 0`.repeat(count - 1)}`;
    return group([path(`M${num(x)} ${num(y)}H${num(w)}V${num(y + h)}${edge}Z`, { fill: 'buff' })], { key: 'shore' });
  }
  const count = Math.max(2, Math.round(h / 110));
  const step = h / count;
  const edge = `q7 ${num(step / 2)} 0 ${num(step)}${`t0 ${num(step)}`.repeat(count - 1)}`;
  return group([path(`M${num(x)} ${num(y)}H${num(w)}${edge}H${num(x)}Z`, { fill: 'buff' })], { key: 'shore' });
}

/** Name, how many pods are ready, who calls and how that goes; and the buoy. */
export function services(
  snapshot: ClusterSnapshot,
  layout: Layout,
  words: DrawWords,
  chosen: string | undefined,
): readonly Group[] {
  return layout.services.map(({ service, y, lines }, i) => {
    const x = layout.narrow ? 24 + layout.lanes * 10 : 14;
    const width = layout.shore.width - x - (layout.narrow ? 10 : 12);
    const shapes: Shape[] = [];
    const name = fit(service.name, layout.narrow ? width * 0.6 : width, 14, 'sans', true);
    const nameWidth = textWidth(name, 14, 'sans', true);
    shapes.push(text(x, y + 5, name, { size: 14, bold: true, key: 'name' }));
    const none = service.ready.length === 0;
    const ready = none
      ? words.noEndpoints
      : say(words.readyOf, { ready: service.ready.length, all: service.pods.length });
    const beside = layout.narrow;
    shapes.push(
      text(
        beside ? x + nameWidth + 12 : x,
        beside ? y + 5 : y + 21,
        fit(ready, beside ? width - nameWidth - 12 : width, 12),
        { fill: none ? 'foul' : 'ink-2', key: 'ready' },
      ),
    );
    const callers = callersOf(snapshot, service);
    const caller = callers[0];
    if (caller && lines > (beside ? 1 : 2)) {
      const second = caller.second;
      const rate = say(words.rate, { client: caller.name, rate: second?.sent ?? 0 });
      const at = y + (beside ? 22 : 38);
      shapes.push(text(x, at, fit(rate, width, 12), { fill: 'ink-2', key: 'rate' }));
      const failing = second?.failed ?? 0;
      const waiting = waitingAt(snapshot, service);
      const said =
        failing > 0 ? say(words.failing, { rate: failing }) : waiting > 0 ? say(words.waiting, { n: waiting }) : '';
      const more = beside ? x + textWidth(rate, 12) + 12 : x;
      if (said !== '')
        shapes.push(
          text(more, beside ? at : at + 16, fit(said, x + width - more, 12), {
            fill: failing > 0 ? 'foul' : 'wait',
            key: 'said',
          }),
        );
    }
    const subject = `services/${service.key}`;
    if (chosen === subject)
      shapes.push(
        rect(x - 6, y - 14, Math.min(width, nameWidth) + 12, 26, {
          fill: 'none',
          stroke: 'note',
          strokeWidth: 2,
          dash: '8 3 2 3',
          key: 'chosen',
        }),
      );
    shapes.push(buoy(layout.narrow ? (layout.trunks[i] ?? 10) : layout.buoyX, y, none));
    return group(shapes, {
      key: `service-${service.key}`,
      class: 'service',
      subject,
      label: `${words.service} ${service.name}: ${ready}`,
      state: none ? 'none' : 'ready',
    });
  });
}

/** A conical buoy on its float. Without an address behind it the cone is empty. */
function buoy(x: number, y: number, empty: boolean): Group {
  return group(
    [
      path(`${line(-7, 5, 0, -10, 7, 5)}Z`, { fill: empty ? 'sheet' : 'ink', stroke: 'ink', strokeWidth: 1.5 }),
      path(line(-11, 7.5, 11, 7.5), { stroke: 'ink', strokeWidth: 2.5, cap: 'round' }),
      circle(0, -13, 2.25, { fill: 'ink' }),
    ],
    { key: 'buoy', class: 'buoy', x, y },
  );
}

/** Pods that no node has taken yet, in the size that their requests would have in a hold. */
export function quay(
  snapshot: ClusterSnapshot,
  layout: Layout,
  words: DrawWords,
  options: {
    readonly chosen: string | undefined;
    readonly label: (pod: PodSnapshot) => string;
    readonly changed: ReadonlySet<string>;
  },
): Group {
  const waiting = quayPods(snapshot);
  const place = layout.quay;
  const hold = layout.bays[0]?.hold;
  if (waiting.length === 0 || !hold) return group([], { key: 'quay' });
  const width = Math.max(38, Math.min(place.width, Math.round(hold.width * 0.19)));
  const height = 40;
  const gap = 6;
  const columns = Math.max(1, Math.floor((place.width + gap) / (width + gap)));
  const rows = layout.narrow ? 1 : Math.max(1, Math.floor((place.height - 40) / (height + gap)));
  const most = waiting.length <= columns * rows ? waiting.length : columns * rows - 1;
  const shapes: Shape[] = [text(place.x, place.y + 12, words.quay, { fill: 'ink-2', key: 'label' })];
  waiting.slice(0, most).forEach((pod, i) => {
    const box = {
      x: place.x + (i % columns) * (width + gap),
      y: place.y + 20 + Math.floor(i / columns) * (height + gap),
      width,
      height,
    };
    const subject = `pods/${pod.key}`;
    shapes.push(
      podBox(pod, box, {
        state: 'pending',
        workload: workloadOf(snapshot, pod),
        label: options.label(pod),
        limits: false,
      }),
    );
    if (options.changed.has(subject)) shapes.push(markAround(box, `changed-${pod.uid}`, false));
    if (options.chosen === subject) shapes.push(markAround(box, 'chosen', true));
  });
  if (most < waiting.length)
    shapes.push(
      mono(
        place.x + (most % columns) * (width + gap),
        place.y + 20 + Math.floor(most / columns) * (height + gap) + 24,
        `+${String(waiting.length - most)}`,
        { fill: 'ink-2', key: 'more' },
      ),
    );
  return group(shapes, { key: 'quay' });
}
