/** What one transaction does to the tables that there are; `table` counts through them. */
export type WriterOperation =
  | { what: "put"; table: number; from: number; count: number; bytes: number; salt: number }
  | { what: "edit"; table: number; from: number; count: number; salt: number }
  | { what: "resize"; table: number; from: number; count: number; bytes: number; salt: number }
  | { what: "delete"; table: number; from: number; count: number }
  | { what: "clear"; table: number }
  | { what: "create"; name: number; withoutRowid: boolean }
  | { what: "drop"; table: number }
  | { what: "index"; name: number; table: number }
  | { what: "unindex"; name: number }
  | { what: "column"; table: number }
  | { what: "shrink"; pages: number }
  | { what: "version"; number: number };

export type Transaction = { operations: WriterOperation[]; end: "commit" | "rollback" };
export type CheckpointMode = "PASSIVE" | "FULL" | "RESTART" | "TRUNCATE";
/** How a connection is set up. `cachePages`: a small cache spills large transactions into the log before they commit. */
export type ConnectionSettings = { cachePages: number; autoCheckpoint: number; synchronous: "OFF" | "NORMAL" | "FULL" };

/** Said to a process of writers; `on` names one of its connections. */
export type WriterAsk =
  | { ask: "create"; file: string; pageSize: number; autoVacuum: number; fillToPages: number }
  | { ask: "open"; on: string; file: string; settings: ConnectionSettings }
  | { ask: "close"; on: string }
  | { ask: "run"; on: string; transactions: Transaction[] }
  | { ask: "begin"; on: string; operations: WriterOperation[] }
  | { ask: "read"; on: string }
  | { ask: "end"; on: string; end: "commit" | "rollback" }
  | { ask: "checkpoint"; on: string; mode: CheckpointMode; waitMs: number }
  | { ask: "vacuum"; on: string }
  | { ask: "check"; on: string; file: string }
  | { ask: "image"; file: string };

/** `code` is SQLite's. */
export type WriterAnswer =
  | { ok: true; hashes?: string[]; problem?: string }
  | { ok: false; error: string; code: number };
