import type { DatabaseSync } from "node:sqlite";
import { parentPort } from "node:worker_threads";
import { assert } from "../../../domain/assert.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { sqliteCodeOf } from "../wal/sqlite-busy.ts";
import type { CheckpointAnswer, CheckpointQuestion } from "./checkpointer.ts";
import { openLive } from "./open-live.ts";

/** Checkpoints on a thread of its own: they write and sync, and the thread that answers must not wait for a disk. */
const MAX_OPEN = 32;
const connections = new Map<string, DatabaseSync>();

function connectionTo(path: string): DatabaseSync {
  const open = connections.get(path) ?? openLive(path, 0);
  // Re-inserted so that the map's first entry is the one unused for longest.
  connections.delete(path);
  connections.set(path, open);
  if (connections.size > MAX_OPEN) {
    const [oldest] = connections.keys();
    if (oldest !== undefined) forget(oldest);
  }
  return open;
}

function forget(path: string): void {
  connections.get(path)?.close();
  connections.delete(path);
}

function answer({ id, path, act }: CheckpointQuestion): CheckpointAnswer {
  try {
    if (act === "forget") {
      forget(path);
      return { id, ok: true, busy: false, frames: 0, backfilled: 0 };
    }
    const row = connectionTo(path)
      .prepare(`PRAGMA wal_checkpoint(${act === "empty" ? "TRUNCATE" : "PASSIVE"})`)
      .get();
    reachPoint("checkpoint.passive");
    return { id, ok: true, busy: row?.busy !== 0, frames: Number(row?.log), backfilled: Number(row?.checkpointed) };
  } catch (error) {
    return { id, ok: false, errcode: sqliteCodeOf(error), message: String(error) };
  }
}

const port = parentPort;
assert(port, "this file runs as a worker");
port.on("message", (question: CheckpointQuestion) => {
  port.postMessage(answer(question));
});
