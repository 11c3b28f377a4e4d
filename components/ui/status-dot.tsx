import { joinClasses } from "./join-classes.ts";

export type DotTone = "ok" | "warn" | "danger" | "off" | "busy";

const shapes: Record<DotTone, string> = {
  ok: "rounded-full bg-ok",
  warn: "rotate-45 rounded-[1px] bg-warn",
  danger: "rounded-[1px] bg-danger",
  off: "rounded-full shadow-[inset_0_0_0_1.5px_var(--control)]",
  busy: "rounded-full bg-accent motion-safe:animate-pulse-soft",
};

/** A state as a shape: round is well, a diamond wants attention, a square is an alarm, a ring is off. Said in words to readers. */
export function StatusDot({ tone, words }: { tone: DotTone; words: string }) {
  return (
    <span className="inline-flex shrink-0">
      <span aria-hidden className={joinClasses("size-2", shapes[tone])} />
      <span className="sr-only">{words}</span>
    </span>
  );
}
