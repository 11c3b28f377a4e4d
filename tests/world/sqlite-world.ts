import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import type { ProtectedDatabase, Run } from "../../lib/engines/engine.ts";
import { SqliteEngine } from "../../lib/engines/sqlite/sqlite-engine.ts";
import { CapturePair } from "./capture-pair.ts";

/** A run that nobody watches; `cancel` ends it. */
export function quietRun(): Run & { cancel(reason: Error): void; stages: string[] } {
  const abort = new AbortController();
  const stages: string[] = [];
  return {
    signal: abort.signal,
    stages,
    cancel: (reason) => abort.abort(reason),
    progress: (stage) => {
      if (stages.at(-1) !== stage) stages.push(stage);
    },
  };
}

/** An engine with both keepers and the reader, as real processes, without agent and console. */
export class SqliteWorld {
  readonly capture = new CapturePair();
  readonly engine: SqliteEngine;
  /** Where programs that know nothing of us keep their files. */
  readonly programs = realpathSync(mkdtempSync(path.join(tmpdir(), "programs-")));

  constructor() {
    const { paths } = this.capture;
    for (const folder of [paths.hosted, paths.temporary, paths.uploads]) mkdirSync(folder, { recursive: true });
    this.capture.startKeeper();
    this.capture.startKeeper();
    this.capture.startReader();
    this.engine = new SqliteEngine({ paths, attachRoots: [this.programs], log: pino({ level: "silent" }) });
  }

  /** A path for somebody's own database. */
  file(name: string): string {
    return path.join(this.programs, name);
  }

  async host(name = "hosted"): Promise<ProtectedDatabase> {
    const id = randomUUID();
    const file = path.join(this.capture.paths.hosted, `${id}.db`);
    const db: ProtectedDatabase = { id, name, engine: "sqlite", origin: "hosted", path: file, windowDays: 30 };
    await this.engine.protect(db, { kind: "empty" }, quietRun());
    return db;
  }

  async attach(file: string): Promise<ProtectedDatabase> {
    const name = path.basename(file);
    const db = { id: randomUUID(), name, engine: "sqlite", origin: "attached", path: file, windowDays: 30 } as const;
    await this.engine.protect(db, { kind: "existing" }, quietRun());
    return db;
  }

  async close(): Promise<void> {
    await this.engine.close();
    await this.capture.close();
    for (const folder of [this.capture.data, this.programs]) rmSync(folder, { recursive: true, force: true });
  }
}

/** An image without what SQLite counts for itself, so that two images of one state are equal. */
export function withoutCounters(image: Buffer): Buffer {
  const plain = Buffer.from(image);
  // Versions 18/19, change counter 24, schema cookie 40, version-valid-for 92, library version 96.
  for (const [from, to] of [
    [18, 20],
    [24, 28],
    [40, 44],
    [92, 100],
  ] as const) {
    plain.fill(0, from, to);
  }
  return plain;
}
