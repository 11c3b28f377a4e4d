import { joinClasses } from "./join-classes.ts";

/** A bar with a number behind it. Null progress is shown as waiting, never as an endless turn. */
export function ProgressBar({
  label,
  done,
  total,
  tone = "accent",
  className,
}: {
  label: string;
  done: number;
  total: number;
  tone?: "accent" | "ok";
  className?: string;
}) {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      className={joinClasses("h-2 overflow-hidden rounded-[2px] bg-pressed", className)}
    >
      <div
        className={joinClasses(
          "h-full transition-[width] duration-(--slow) ease-out",
          tone === "ok" ? "bg-ok" : "bg-accent",
        )}
        style={{ width: `${share * 100}%` }}
      />
    </div>
  );
}
