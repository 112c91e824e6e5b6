// The row of an event. Models printEvent of pkg/printers/internalversion/printers.go (1.32).
// Leaves out: series, which nothing here writes (repeats are counted in `count`).
import { ageSince } from '../../duration.ts';
import type { Event } from '../../objects.ts';
import { column, nameColumn, textOr, wide, type Printer } from './table.ts';

export const events: Printer<Event> = {
  columns: [
    column('Last Seen', 'The time at which the most recent occurrence of this event was recorded.'),
    column('Type', 'Type of this event (Normal, Warning), new types could be added in the future'),
    column(
      'Reason',
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
    ),
    column('Object', 'The object that this event is about.'),
    wide(
      'Subobject',
      'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
    ),
    wide('Source', 'The component reporting this event. Should be a short machine understandable string.'),
    column('Message', 'A human-readable description of the status of this operation.'),
    wide('First Seen', 'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)'),
    wide('Count', 'The number of times this event has occurred.'),
    { ...nameColumn, priority: 1 },
  ],
  row: (event, nowUnixMs) => {
    const { involvedObject, source } = event;
    const firstSeen = ageSince(event.firstTimestamp ?? event.eventTime, nowUnixMs);
    const component = textOr(source.component, event.reportingComponent);
    const host = textOr(source.host, event.reportingInstance);
    const kind = (involvedObject.kind ?? '').toLowerCase();
    return {
      cells: [
        event.lastTimestamp === null ? firstSeen : ageSince(event.lastTimestamp, nowUnixMs),
        event.type,
        event.reason,
        involvedObject.name ? `${kind}/${involvedObject.name}` : kind,
        involvedObject.fieldPath ?? '',
        host ? `${component}, ${host}` : component,
        event.message.trim(),
        firstSeen,
        // An event of the newer kind that happened once has no count.
        event.count || 1,
        event.metadata.name,
      ],
    };
  },
};
