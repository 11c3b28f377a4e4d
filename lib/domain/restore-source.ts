import { LastgoodError } from "./errors.ts";
import { parseTimestamp } from "./parse-timestamp.ts";

/** Where a restore goes back to: exactly one of four. Times are Unix milliseconds. */
export type RestoreSource =
  | { kind: "snapshot"; snapshotId: string }
  | { kind: "bookmark"; bookmark: string }
  | { kind: "timestamp"; timestampMs: number }
  | { kind: "backup"; backupKey: string };

/** The same as it arrives: `timestamp` is Unix milliseconds or RFC 3339 with an offset. */
export type RestoreSourceInput = {
  snapshotId?: string | undefined;
  bookmark?: string | undefined;
  timestamp?: number | string | undefined;
  backupKey?: string | undefined;
};

const FIELDS = ["snapshotId", "bookmark", "timestamp", "backupKey"] as const;
const LONGEST_TEXT = 200;

/**
 * Takes exactly one source, whose type nobody has checked yet; none or several are `invalid_input` naming them, what is no
 * moment at all is `invalid_moment`.
 */
export function parseRestoreSource(input: { [Field in keyof RestoreSourceInput]: unknown }): RestoreSource {
  const given = FIELDS.filter((name) => input[name] !== undefined);
  const [field, second] = given;
  if (field === undefined || second !== undefined) {
    const cause = field === undefined ? "No moment was given." : `Several moments were given: ${given.join(", ")}.`;
    throw new LastgoodError("invalid_input", cause, {
      field: second ?? "timestamp",
      hint: "Give exactly one of snapshotId, bookmark, timestamp or backupKey.",
    });
  }
  const value = input[field];
  if (field === "timestamp" && typeof value === "number") return { kind: field, timestampMs: parseTimestamp(value) };
  if (typeof value !== "string" || value.length > LONGEST_TEXT) throw noMoment(field);
  if (field === "snapshotId") return { kind: "snapshot", snapshotId: value };
  if (field === "bookmark") return { kind: "bookmark", bookmark: value };
  if (field === "backupKey") return { kind: "backup", backupKey: value };
  return { kind: "timestamp", timestampMs: parseTimestamp(value) };
}

function noMoment(field: keyof RestoreSourceInput): LastgoodError {
  const isTime = field === "timestamp";
  return new LastgoodError("invalid_moment", isTime ? "This is not a moment in time." : `This is no ${field}.`, {
    field,
    hint: isTime ? "Give a number of Unix milliseconds or an RFC 3339 text." : `Give ${field} as text; copy all of it.`,
  });
}
