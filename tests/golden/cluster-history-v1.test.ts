import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listBases } from "../../lib/engines/postgres/bases/base-record.ts";
import { readCapturedThrough } from "../../lib/engines/postgres/history/captured-through.ts";
import { incarnationFolders, readClusterHistory } from "../../lib/engines/postgres/history/cluster-history.ts";
import { indexFiles, readIfThere } from "../../lib/engines/postgres/history/index-files.ts";
import { decodeNotes } from "../../lib/engines/postgres/history/segment-notes.ts";
import { decodeArchived } from "../../lib/engines/postgres/history/segment-summary.ts";
import { openHistory } from "../../lib/engines/postgres/moments/opened-histories.ts";

/*
 * What the receiver wrote of a hosted cluster of PostgreSQL, in version 1, without the bytes of its log and bases. `expected.json` is what
 * was read from it then.
 */
const GOLDEN = path.join(import.meta.dirname, "cluster-history-v1");
const expected = JSON.parse(readFileSync(path.join(GOLDEN, "expected.json"), "utf8"));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "cluster-history-v1-"));
  cpSync(GOLDEN, directory, { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function readAll() {
  const history = readClusterHistory(directory);
  if (!history) throw new Error("the golden history is there");
  const { line } = openHistory(history, directory);
  const commits = Array.from({ length: line.last }, (_, i) => line.commit(i + 1)).flatMap((commit) =>
    commit === null ? [] : { ...commit, bookmark: line.bookmarkOf(commit), bytes: line.bytesOf(commit) },
  );
  const { index, bases } = incarnationFolders(directory, 1);
  const files = indexFiles(index);
  const read = {
    history,
    commits,
    capturedThroughMs: readCapturedThrough(directory),
    settledThroughMs: line.settledThroughMs,
    segments: line.pieces[0]?.index.segments,
    notes: decodeNotes(readIfThere(files.notes)),
    archived: decodeArchived(readIfThere(files.archive)),
    bases: listBases(bases).map(({ directory: _, ...base }) => base),
  };
  return { line, read: JSON.parse(JSON.stringify(read, inText)) };
}

const inText = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);

describe("a cluster's history of version 1", () => {
  test("is read as it was: stretches, commits, notes, archived segments, base backups", () => {
    const { read } = readAll();
    expect(read).toEqual(expected);
    expect(read.commits.length).toBeGreaterThan(20);
    for (const part of ["notes", "archived", "bases", "segments"]) expect(read[part].length, part).toBeGreaterThan(0);
  });

  test("resolves every time and every bookmark to the commit that it did", () => {
    const { line } = readAll();
    for (const { ordinal, timeMs, activation, lsn } of expected.commits) {
      expect(line.commitAt(activation, lsn)?.ordinal).toBe(ordinal);
      expect(line.commit(line.ordinalAt(timeMs))?.timeMs).toBe(timeMs);
    }
    expect(line.ordinalAt(expected.commits[0].timeMs - 1)).toBe(0);
  });

  test("(control) another one, or one that is shorter, is not taken for it", () => {
    const { index } = incarnationFolders(directory, 1);
    truncateSync(indexFiles(index).segments, 128);
    rmSync(indexFiles(index).open);
    expect(readAll().read).not.toEqual(expected);
  });
});
