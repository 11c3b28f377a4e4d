"use client";

import { formatDuration } from "../../lib/client/format-duration.ts";
import { formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import type { Placement } from "../../lib/domain/recovery-window.ts";
import { TextButton } from "../ui/text-link.tsx";

/** Why a moment cannot be restored, and the nearest ones that can. */
export type Refusal = { cause: string; nearest: number[] };

/** The refusal that the window itself gives, before the server is asked; null when the moment lies inside. */
export function refusalOf(placement: Placement): Refusal | null {
  if (placement.kind === "inside") return null;
  if (placement.kind === "empty") return { cause: "Nothing has been captured yet.", nearest: [] };
  const { nearest } = placement;
  const moments = [
    "beforeMs" in nearest ? nearest.beforeMs : undefined,
    "afterMs" in nearest ? nearest.afterMs : undefined,
  ];
  return { cause: causeOf(placement), nearest: moments.filter((ms) => ms !== undefined) };
}

function causeOf(placement: Exclude<Placement, { kind: "inside" | "empty" }>): string {
  if (placement.kind === "future") return "That moment has not come yet.";
  if (placement.kind === "before") return "Older than anything that can be reached.";
  const { gap } = placement;
  return `In a gap of ${formatDuration(gap.toMs - gap.fromMs)}: ${gap.reason}.`.replace("..", ".");
}

/** The server's refusal in the same shape. */
export function refusalFromError(error: Error): Refusal {
  if (!(error instanceof LastgoodError)) return { cause: "This moment could not be looked up.", nearest: [] };
  const { beforeMs, afterMs } = error.details.nearest ?? {};
  const hint = error.details.hint ? ` ${error.details.hint}` : "";
  return { cause: error.message + hint, nearest: [beforeMs, afterMs].filter((ms) => ms !== undefined) };
}

export function MomentRefusal({
  refusal,
  zone,
  nowMs,
  onChoose,
}: {
  refusal: Refusal;
  zone: string;
  nowMs: number;
  onChoose: (ms: number) => void;
}) {
  return (
    <div role="alert" className="px-3 py-3 text-12">
      <p className="text-danger-text">{refusal.cause}</p>
      {refusal.nearest.length > 0 && (
        <p className="mt-1.5 text-ink-2">
          Nearest moments:{" "}
          {refusal.nearest.map((ms, index) => (
            <span key={ms}>
              {index > 0 && " or "}
              <TextButton onClick={() => onChoose(ms)}>
                <code>{formatMoment(ms, zone, nowMs, "millisecond")}</code>
              </TextButton>
            </span>
          ))}{" "}
          {formatZone(zone)}
        </p>
      )}
    </div>
  );
}
