import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";

/** `run/supervisor.json`: who runs, for the next start, for tests and tools. */
const supervisorRecord = z.object({
  pid: z.number().int(),
  url: z.string(),
  localUrl: z.string(),
  startedAtMs: z.number().int(),
  /** Which of the processes it runs; units say it in a line that no environment file has. */
  processes: z.enum(["all", "console", "agent"]).optional(),
  /** Process id of each child that runs right now. */
  children: z.record(z.string(), z.number().int()),
  /** How often each child that had ended by itself was started again. */
  restarts: z.record(z.string(), z.number().int()).default({}),
});
export type SupervisorRecord = z.infer<typeof supervisorRecord>;

/** The record of the last start, or null when there is none that can be read. */
export function readSupervisorRecord(file: string): SupervisorRecord | null {
  try {
    return supervisorRecord.safeParse(JSON.parse(readFileSync(file, "utf8"))).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error && error.code === "ENOENT"))
      return null;
    throw error;
  }
}

/** Replaces the record as a whole. */
export function writeSupervisorRecord(file: string, record: SupervisorRecord): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
