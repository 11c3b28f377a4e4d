import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HistoryWriter } from "../../lib/engines/sqlite/history/history-writer.ts";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import { sealSegment } from "../../lib/engines/sqlite/history/seal-segment.ts";
import { verifyHistory } from "../../lib/engines/sqlite/history/verify-history.ts";
import { computeBackwards } from "../world/compute-state.ts";

const GOLDEN = path.join(import.meta.dirname, "history-v1");
type Expected = { commits: { txid: number; timeMs: number; bookmark: string; sha256: string }[]; gaps: object[] };
const expected = JSON.parse(readFileSync(path.join(GOLDEN, "expected.json"), "utf8")) as Expected & { notes: object[] };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "history-v1-"));
  for (const name of readdirSync(GOLDEN)) cpSync(path.join(GOLDEN, name), path.join(directory, name));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function expectAll(): void {
  const view = openHistory(directory);
  try {
    for (const { sha256, bookmark, ...info } of expected.commits) {
      const found = view.byTxid(info.txid);
      expect(found).toEqual(info);
      expect(found && view.bookmarkOf(found)).toBe(bookmark);
      expect(view.atOrBefore(info.timeMs)?.txid).toBe(info.txid);
      const state = computeBackwards(view, info.txid);
      expect(createHash("sha256").update(state).digest("hex"), `commit ${info.txid}`).toBe(sha256);
    }
    expect(view.gaps()).toEqual(expected.gaps);
    expect([...view.notes()]).toEqual(expected.notes);
    const all = view.density(0, 100_000, 7).reduce((sum, { commits }) => sum + commits, 0);
    expect(all).toBe(expected.commits.length);
  } finally {
    view.close();
  }
}

describe("a history whose sealed segments have version 1", () => {
  test("answers, verifies and gives back every state as it did", () => {
    expectAll();
    expect(verifyHistory(directory).commits).toBe(expected.commits.length);
  });

  test("is gone on with: its open segment is sealed in the present version beside the old ones", async () => {
    const writer = HistoryWriter.open(directory);
    writer.addNote({ kind: "restore", restoreId: "later" });
    await writer.flush();
    await writer.close();
    const open = readdirSync(directory).find((name) => name.endsWith(".open")) ?? "";
    await sealSegment(path.join(directory, open));
    const sealed = readdirSync(directory).filter((name) => name.endsWith(".sealed"));
    expect(sealed.length).toBe(3);
    const versions = sealed.map((name) => readFileSync(path.join(directory, name)).readUInt32LE(8));
    expect(versions).toEqual([1, 1, 2]);
    expected.notes.push({ txid: expected.commits.length, note: { kind: "restore", restoreId: "later" } });
    expectAll();
    expect(verifyHistory(directory).commits).toBe(expected.commits.length);
  });
});
