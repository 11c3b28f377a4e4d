import { LastgoodError } from "../../../domain/errors.ts";
import type { Gap } from "../../../domain/recovery-window.ts";

type Nearest = { beforeMs?: number; afterMs?: number };

export function inFuture(nowMs: number): LastgoodError {
  return new LastgoodError("moment_in_future", "This moment lies in the future.", {
    field: "timestamp",
    hint: "Choose a moment up to now.",
    nearest: { beforeMs: nowMs },
  });
}

export function outsideWindow(field: "timestamp" | "bookmark", nearest: Nearest): LastgoodError {
  return new LastgoodError("moment_outside_window", "This moment is older than the recovery window.", {
    field,
    hint: "What is older than the window is gone; choose a later moment.",
    nearest,
  });
}

/** The server could not be asked, so nothing is known of a time after the last look. */
export function notCaptured(capturedThroughMs: number | null, cause: unknown): LastgoodError {
  return new LastgoodError(
    "moment_outside_window",
    "Nothing after the last captured moment is known yet.",
    {
      field: "timestamp",
      hint: "Choose the last captured moment or an earlier one, or wait until the log is received again.",
      nearest: capturedThroughMs === null ? {} : { beforeMs: capturedThroughMs },
    },
    { cause },
  );
}

export function inGap(field: "timestamp" | "bookmark", gap: Gap | null, nearest: Nearest): LastgoodError {
  return new LastgoodError("moment_in_gap", gap?.reason ?? "The log of this moment was not received.", {
    field,
    hint: "Choose the moment just before or just after the gap.",
    nearest,
  });
}

export function damagedHere(nearest: Nearest): LastgoodError {
  return new LastgoodError(
    "history_damaged",
    "The received log is damaged before this moment: it cannot be replayed.",
    {
      hint: "Choose a moment before the damage, or one after the next base backup.",
      nearest,
    },
  );
}
