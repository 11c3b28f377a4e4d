import type { CaptureStatus } from "../../lib/domain/capture.ts";
import { type CopyFacts, type ExposureFacts, judgeProof, type LiveFacts } from "../../lib/domain/exposure.ts";

export const NOW = Date.parse("2026-11-21T12:00:00Z");
const bookmark = (n: number) =>
  `0000000${n}-00000000-0000000${n}-${"ab".repeat(16)}` as NonNullable<CaptureStatus["last"]>["bookmark"];
export const NEVER = judgeProof(null, null, null, NOW);

/** A backup in a bucket that holds commit 3 of 8, made a minute ago, the next commit 40 s ago. */
export const backup = (change: Partial<CopyFacts> = {}): CopyFacts => ({
  kind: "backup",
  place: "elsewhere",
  bucket: "backups",
  key: "k",
  bookmark: bookmark(3),
  timeMs: NOW - 60_000,
  needsKey: false,
  isNear: false,
  problem: null,
  behindSinceMs: null,
  ...change,
});

export const capture = (change: Partial<CaptureStatus> = {}): CaptureStatus => ({
  databaseId: "db",
  state: "protected",
  progress: null,
  problem: null,
  last: { bookmark: bookmark(8), timeMs: NOW - 1_000, txid: 8 },
  capturedThroughMs: NOW,
  spare: true,
  databaseBytes: 1,
  historyBytes: 1,
  ...change,
});

export const live = (change: Partial<LiveFacts> = {}): LiveFacts => ({
  capture: capture(),
  since: [{ bookmark: bookmark(3), commits: 5, firstMs: NOW - 40_000 }],
  sharesDisk: true,
  isElsewhere: false,
  ...change,
});

export const facts = (change: Partial<ExposureFacts> = {}): ExposureFacts => ({
  database: { id: "db", name: "shop", engine: "sqlite", origin: "hosted" },
  live: live(),
  copies: [backup()],
  recovery: null,
  proof: NEVER,
  nowMs: NOW,
  ...change,
});
export { bookmark };
