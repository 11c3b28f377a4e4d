import { LastgoodError } from "./errors.ts";
import { parseTimestamp } from "./parse-timestamp.ts";

/** Where a restore goes back to: exactly one of three. Times are Unix milliseconds. */
export type RestoreSource =
  | { kind: "snapshot"; snapshotId: string }
  | { kind: "bookmark"; bookmark: string }
  | { kind: "timestamp"; timestampMs: number };

/** The same as it arrives: `timestamp` is Unix milliseconds or RFC 3339 with an offset. */
export type RestoreSourceInput = {
  snapshotId?: string | undefined;
  bookmark?: string | undefined;
  timestamp?: number | string | undefined;
};

/** Takes exactly one source; none or several are `invalid_input` naming them. */
export function parseRestoreSource(input: RestoreSourceInput): RestoreSource {
  const given = (["snapshotId", "bookmark", "timestamp"] as const).filter((name) => input[name] !== undefined);
  if (given.length !== 1) {
    const cause = given.length === 0 ? "No moment was given." : `Several moments were given: ${given.join(", ")}.`;
    throw new LastgoodError("invalid_input", cause, {
      field: given[1] ?? "timestamp",
      hint: "Give exactly one of snapshotId, bookmark or timestamp.",
    });
  }
  if (input.snapshotId !== undefined) return { kind: "snapshot", snapshotId: input.snapshotId };
  if (input.bookmark !== undefined) return { kind: "bookmark", bookmark: input.bookmark };
  return { kind: "timestamp", timestampMs: parseTimestamp(input.timestamp ?? "") };
}
