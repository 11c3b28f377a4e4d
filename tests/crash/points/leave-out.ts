import { rmSync } from "node:fs";
import path from "node:path";
import { HistoryWriter } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { disk, useDisk } from "../../../lib/storage/disk.ts";

/** So long after a block the next one is held back while it already counts as durable. */
const HELD_BACK_MS = 1500;

/**
 *   early   records count as durable, and keepers hear so, before they are written
 *   twice   a restore does not ask what became of its earlier attempt
 */
export type Protection = "early" | "twice";

/** Leaves out a protection in this process, so that a run shows that its loss is noticed; returns what brings it back. */
export function leaveOut(protection: Protection): () => void {
  return protection === "early" ? acknowledgeEarly() : forgetAttempts();
}

function acknowledgeEarly(): () => void {
  const { open } = HistoryWriter;
  HistoryWriter.open = (directory, sealAt) => {
    const writer = open.call(HistoryWriter, directory, sealAt);
    const flush = writer.flush.bind(writer);
    let writtenMs = performance.now();
    writer.flush = async () => {
      if (performance.now() - writtenMs < HELD_BACK_MS) return;
      writtenMs = performance.now();
      await flush();
    };
    return writer;
  };
  return () => {
    HistoryWriter.open = open;
  };
}

function forgetAttempts(): () => void {
  const { readFileSync } = disk;
  const forgetting = (...[file, options]: Parameters<typeof readFileSync>) => {
    if (typeof file === "string" && path.basename(file) === "attempt.json") {
      for (const name of ["intent.json", "attempt.json"]) rmSync(path.join(path.dirname(file), name), { force: true });
    }
    return readFileSync(file, options);
  };
  return useDisk({ readFileSync: forgetting as typeof readFileSync });
}
