import { slotOf, type UsualLoad } from "./usual-load.ts";

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const [LEFT, STEP, ROW, BAR] = [44, 260 / 24, 24, 12];

/** What is usually written, by weekday and hour, with a dot where the schedule runs. `words` say the same to those who do not see it. */
export function LoadChart({
  load,
  runs,
  zone,
  words,
}: {
  load: UsualLoad;
  /** Of one week, Unix milliseconds. */
  runs: readonly number[];
  zone: string;
  words: string;
}) {
  return (
    <svg
      viewBox="0 0 304 190"
      role="img"
      aria-label={words || "The usual load, by weekday and hour"}
      className="h-auto w-full max-w-[340px]"
    >
      {[0, 6, 12, 18].map((hour) => (
        <text key={hour} x={LEFT + hour * STEP} y={10} className="fill-ink-3 font-mono text-11">
          {`${String(hour).padStart(2, "0")}:00`}
        </text>
      ))}
      {DAYS.map((day, index) => {
        const base = 34 + index * ROW;
        return (
          <g key={day}>
            <text x={0} y={base + 4} className="fill-ink-2 text-12">
              {day}
            </text>
            <path d={`M${LEFT} ${base}H304`} className="stroke-line" />
            {load[index]?.map((share, hour) => {
              const height = Math.max(share > 0 ? 1 : 0, share * BAR);
              const x = LEFT + hour * STEP;
              return (
                <rect
                  key={x}
                  x={x}
                  y={base - height}
                  width={STEP - 1.4}
                  height={height}
                  className="fill-write opacity-50"
                />
              );
            })}
          </g>
        );
      })}
      {runs.map((ms) => {
        const { day, hour } = slotOf(ms, zone);
        const x = LEFT + (hour + new Date(ms).getUTCMinutes() / 60) * STEP;
        return (
          <circle key={ms} cx={x} cy={34 + day * ROW} r={4} className="fill-accent stroke-canvas" strokeWidth={2} />
        );
      })}
    </svg>
  );
}
