import { joinClasses } from "../../ui/join-classes.ts";

const TONES = {
  now: "border border-control bg-surface text-ink",
  chosen: "bg-accent text-on-accent",
  refused: "border border-danger bg-danger-soft text-danger-text",
};

/** The cursor's handle: the slider for keys and screen readers. Outside of the view it waits at the edge. */
export function CursorPill({
  x,
  width,
  top,
  words,
  tone,
  label,
  nowSeconds,
  leastSeconds,
  mostSeconds,
  spoken,
}: {
  x: number;
  width: number;
  top: number;
  words: string;
  tone: "now" | "chosen" | "refused";
  label: string;
  nowSeconds: number;
  leastSeconds: number;
  mostSeconds: number;
  spoken: string;
}) {
  const pillWidth = tone === "now" ? 40 : 92;
  const left = Math.min(Math.max(x - pillWidth / 2, -2), width - pillWidth + 2);
  const outside = x < 0 ? "‹ " : x > width ? " ›" : "";
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={leastSeconds}
      aria-valuemax={mostSeconds}
      aria-valuenow={nowSeconds}
      aria-valuetext={spoken}
      style={{ left, top, width: pillWidth }}
      className={joinClasses(
        "pointer-events-none absolute grid h-5 place-items-center rounded-1 font-mono text-11 font-[550] tracking-[-0.02em]",
        TONES[tone],
      )}
    >
      {x < 0 ? outside + words : words + outside}
    </div>
  );
}
