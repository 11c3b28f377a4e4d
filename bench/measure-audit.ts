import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import SqliteFile from "better-sqlite3";
import { migrateSqlite } from "../lib/db/migrate-sqlite.ts";
import { type AuditFacts, CHAIN_START, parseChainHash } from "../lib/domain/audit-chain.ts";
import { appendAnchor } from "../lib/services/audit/anchor-file.ts";
import { auditKeyOf, chainHashOf, makeAnchor } from "../lib/services/audit/audit-key.ts";
import { runLastgood } from "../tests/world/run-lastgood.ts";
import type { Figure, Measurement } from "./figure.ts";

const ENTRIES = 1_000_000;
const ANCHOR_EVERY = 1000;
const SECRET = "a secret for a log that is only measured";
const TABLE = `INSERT INTO "AuditEntry" ("seq", "id", "timeMs", "namespaceId", "actorKind", "actorId", "actorName", "action",
  "outcome", "targetKind", "targetId", "address", "requestId", "detail", "hash")
  VALUES (@seq, @id, @timeMs, @namespaceId, @actorKind, @actorId, @actorName, @action, @outcome, @targetKind, @targetId,
  @address, @requestId, @detail, @hash)`;

function entryOf(seq: number): AuditFacts {
  const tail = String(seq).padStart(12, "0");
  return {
    seq: BigInt(seq),
    id: `7adb0af3-4451-43df-b05e-${tail}`,
    timeMs: 1_795_244_288_123n + BigInt(seq),
    namespaceId: "5b0c8a54-7f0e-4c53-9a6e-1d2f3a4b5c6d",
    actorKind: "user",
    actorId: "c0ffee00-4451-43df-b05e-bd0b949cf95d",
    actorName: "somebody@example.com",
    action: "restore-point.create",
    outcome: "done",
    targetKind: "restore-point",
    targetId: `1adb0af3-4451-43df-b05e-${tail}`,
    address: "192.0.2.7",
    requestId: `2adb0af3-4451-43df-b05e-${tail}`,
    detail: `{"label":"before ${seq}","databaseId":"3adb0af3-4451-43df-b05e-bd0b949cf95d"}`,
  };
}

/** A data directory with so many entries, chained, and an anchor every thousand. */
export function makeAuditLog(data: string, entries: number): void {
  const file = path.join(data, "lastgood.db");
  migrateSqlite(file);
  writeFileSync(path.join(data, "secret"), SECRET, { mode: 0o600 });
  const key = auditKeyOf(SECRET);
  const connection = new SqliteFile(file);
  connection.pragma("synchronous = OFF");
  const insert = connection.prepare(TABLE);
  let link = CHAIN_START;
  connection.transaction(() => {
    for (let seq = 1; seq <= entries; seq++) {
      const entry = entryOf(seq);
      const hash = chainHashOf(key, link, entry);
      link = parseChainHash(hash)?.link ?? "";
      insert.run({ ...entry, hash });
      if (seq % ANCHOR_EVERY === 0) {
        appendAnchor(
          path.join(data, "audit-anchors.jsonl"),
          makeAnchor(key, { seq: entry.seq, link, timeMs: Date.now() }),
        );
      }
    }
  })();
  connection.close();
}

type Verified = { ok: boolean; entries: number; entriesPerSecond: number; tookMs: number; anchors: { count: number } };

/** How fast `lastgood audit verify` proves a million entries, in a process of its own. */
export const measureAudit: Measurement = async () => {
  const data = mkdtempSync(path.join(tmpdir(), "audit-"));
  try {
    makeAuditLog(data, ENTRIES);
    const ran = await runLastgood(["audit", "verify", "--data", data, "--json"]);
    const { ok, entries, entriesPerSecond, tookMs, anchors } = JSON.parse(ran.out) as Verified;
    if (!ok || entries !== ENTRIES) throw new Error(`the log is not whole: ${ran.out}`);
    const note = `${entries} entries and ${anchors.count} anchors in ${(tookMs / 1000).toFixed(1)} s`;
    const figure: Figure = {
      name: "audit log verified",
      value: entriesPerSecond,
      unit: "entries/s",
      baseline: null,
      ratio: null,
      goal: null,
      isMet: null,
      note,
    };
    return [figure];
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};
