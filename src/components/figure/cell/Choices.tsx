// A row of choices of which one holds.
interface Props {
  readonly id: string;
  readonly label: string;
  readonly values: readonly (readonly [value: string, text: string])[];
  readonly value: string;
  readonly disabled?: boolean;
  readonly onChoose: (value: string) => void;
}

export function Choices(props: Props) {
  return (
    <div class="control" role="radiogroup" aria-labelledby={`${props.id}-label`}>
      <span id={`${props.id}-label`}>{props.label}</span>
      <span class="choices">
        {props.values.map(([value, text]) => (
          <label key={value}>
            <input
              type="radio"
              name={props.id}
              value={value}
              checked={value === props.value}
              disabled={props.disabled === true}
              onChange={() => props.onChoose(value)}
            />
            <span>{text}</span>
          </label>
        ))}
      </span>
    </div>
  );
}
