import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../domain/errors.ts";
import type { ProtectedDatabase, Run } from "../engine.ts";
import { runChild } from "../processes/run-child.ts";
import type { CaptureClient } from "./capture-client.ts";
import type { MakeDatabaseQuestion } from "./make-database-child.ts";

/** Where a database's file comes from. `upload` is the path of the uploaded bytes, which are moved. */
export type DatabaseFileSource = { kind: "existing" } | { kind: "empty" } | { kind: "upload"; file: string };

const MAKE_TIMEOUT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 100;
/** How long capture may stay without any sign of life: its processes are restarted by themselves within seconds. */
const PATIENCE_MS = 60_000;

/** Puts a hosted database's file into its place; an existing one is left alone. Throws `attach_refused`. */
export async function makeDatabaseFile(file: string, source: DatabaseFileSource, run: Run): Promise<void> {
  if (source.kind === "existing") return;
  run.progress("file", 0, 1);
  const input: MakeDatabaseQuestion = { file, upload: source.kind === "upload" ? source.file : null };
  const script = new URL("./make-database-child.ts", import.meta.url);
  try {
    await runChild({ script, input, timeoutMs: MAKE_TIMEOUT_MS, signal: run.signal });
  } catch (error) {
    const isRefused = error instanceof LastgoodError && error.code === "attach_refused";
    if (source.kind === "upload" && isRefused) rmSync(source.file, { force: true });
    throw error;
  }
  run.progress("file", 1, 1);
}

/** Waits until every commit of a registered database is being captured, telling how far the first image is. */
export async function waitUntilProtected(db: ProtectedDatabase, capture: CaptureClient, run: Run): Promise<void> {
  let lastSignMs = Date.now();
  let lastSeen = "";
  let problem: unknown = null;
  for (;;) {
    run.signal.throwIfAborted();
    const status = await capture.status(db.id).catch((error: unknown) => {
      problem = error;
      return null;
    });
    if (status?.state === "protected") return;
    if (status?.state === "stopped" && status.problem) {
      throw new LastgoodError("not_protected", status.problem.cause, { hint: status.problem.remedy });
    }
    if (status?.progress) run.progress("base", status.progress.done, status.progress.total);
    const seen = JSON.stringify([status?.state, status?.progress]);
    if (seen !== lastSeen) {
      lastSeen = seen;
      lastSignMs = Date.now();
    }
    if (Date.now() - lastSignMs > PATIENCE_MS) throw tooSlow(problem);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Waits until the reader has closed a history that it is to follow no longer. A reader that does not answer has none open. */
export async function waitUntilLetGo(databaseId: string, capture: CaptureClient, run: Run): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (await capture.status(databaseId).catch(() => null)) {
    run.signal.throwIfAborted();
    if (performance.now() > untilMs) {
      throw new LastgoodError("conflict", "Capture of the database does not end.", {
        hint: "It is tried again; look at the reader's log.",
      });
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function tooSlow(cause: unknown): LastgoodError {
  return new LastgoodError(
    "not_protected",
    "Capture of the database did not begin within a minute.",
    { hint: "Check with GET /api/health that keepers and reader run, then try again." },
    { cause },
  );
}
