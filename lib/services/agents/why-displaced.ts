import { Displaced } from "../../domain/displaced.ts";
import { readEnv } from "../../env.ts";

type Row = { id: string; epoch: number; machineId: string | null; hostName: string | null; retiredAtMs: bigint | null };
type Own = { machineId: string; epoch?: number };

/**
 * Why this data directory's agent counts no more, as the `conflict` that is told; null where it does. Metadata in a file belongs to its
 * one data directory, and says nothing of others.
 */
export function whyDisplaced(row: Row, own: Own): Displaced | null {
  if (readEnv().metadata.provider === "sqlite") return null;
  if (row.retiredAtMs !== null) {
    return displaced("This data directory's agent was retired, and counts no more.", "Nothing of it is touched.");
  }
  if (row.machineId !== null && row.machineId !== own.machineId) {
    const where = row.hostName === null ? "another machine" : `the machine ${row.hostName}`;
    return displaced(
      `The place of this data directory's agent was given to ${where}.`,
      "Its databases are there now, and what lies here is left as it is.",
    );
  }
  if (own.epoch !== undefined && row.epoch > own.epoch) {
    return displaced(
      "Another run of this agent has begun: two machines have copies of one data directory.",
      "Let the one go on whose databases are meant.",
    );
  }
  return null;
}

function displaced(message: string, remark: string): Displaced {
  return new Displaced("conflict", message, {
    hint: `${remark} To have an agent on this machine, enrol it into an empty data directory (lastgood enrol).`,
  });
}
