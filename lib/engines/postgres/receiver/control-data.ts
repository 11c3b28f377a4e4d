import { LastgoodError } from "../../../domain/errors.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { runProgram } from "../programs/run-program.ts";

/** What a data directory says of itself. */
export type ControlData = {
  systemIdentifier: string;
  /** `shut down`, `in production`, … */
  state: string;
  /** Where the record of the last checkpoint begins, and where recovery would begin. */
  checkpoint: string;
  redo: string;
  timeline: number;
  checksums: boolean;
  segmentBytes: number;
  /** How many prepared transactions, and locks of each, the server that last wrote there had room for. */
  maxPrepared: number;
  maxLocks: number;
};

/** Reads `global/pg_control`. Throws `internal` with pg_controldata's words, `restore_failed` where it says something unknown. */
export async function readControlData(programs: PostgresPrograms, directory: string): Promise<ControlData> {
  const { output } = await runProgram({ programs, name: "pg_controldata", args: ["-D", directory] });
  const lines = output.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]);
  const values = new Map(lines.map(([name = "", value = ""]) => [name, value.trim()]));
  const of = (name: string): string => {
    const value = values.get(name);
    if (value) return value;
    throw new LastgoodError("restore_failed", `${directory} says nothing of its "${name}".`, {
      hint: "Keep the agent's log; nothing was changed.",
    });
  };
  return {
    systemIdentifier: of("Database system identifier"),
    state: of("Database cluster state"),
    checkpoint: of("Latest checkpoint location"),
    redo: of("Latest checkpoint's REDO location"),
    timeline: Number(of("Latest checkpoint's TimeLineID")),
    checksums: Number(of("Data page checksum version")) > 0,
    segmentBytes: Number(of("Bytes per WAL segment")),
    maxPrepared: Number(of("max_prepared_xacts setting")),
    maxLocks: Number(of("max_locks_per_xact setting")),
  };
}

/** The name of the segment that holds a position. https://www.postgresql.org/docs/current/wal-internals.html */
export function segmentName(timeline: number, lsn: bigint, segmentBytes: number): string {
  const number = lsn / BigInt(segmentBytes);
  const perLog = 0x1_0000_0000n / BigInt(segmentBytes);
  const hex8 = (value: bigint | number) => value.toString(16).toUpperCase().padStart(8, "0");
  return `${hex8(timeline)}${hex8(number / perLog)}${hex8(number % perLog)}`;
}
