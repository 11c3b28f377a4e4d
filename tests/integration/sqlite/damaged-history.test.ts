import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { LastgoodError } from "../../../lib/domain/errors.ts";
import { HistoryWriter } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { findBookmark, findTime, windowOf } from "../../../lib/engines/sqlite/restore/find-moment.ts";
import { findReaching } from "../../../lib/engines/sqlite/restore/find-reaching.ts";
import { materialiseEitherWay } from "../../../lib/engines/sqlite/restore/materialise-either-way.ts";
import { inspectHistory } from "../../../lib/engines/sqlite/verify/inspect-history.ts";
import { type RecordedHistory, recordHistory, shopStates } from "../../faults/damage/recorded-history.ts";

let recorded: RecordedHistory;
beforeEach(async () => {
  recorded = await recordHistory(shopStates(90, 1024), 1024);
});
afterEach(() => rmSync(recorded.directory, { recursive: true, force: true }));

const segments = () => readdirSync(recorded.directory).filter((name) => name.startsWith("segment-"));
const fileOf = (name: string) => path.join(recorded.directory, name);

/** Damages the end of a segment, without which nothing in it is found. */
function spoilEnd(name: string): void {
  const content = readFileSync(fileOf(name));
  content[content.length - 20] = (content[content.length - 20] ?? 0) ^ 1;
  writeFileSync(fileOf(name), content);
}

async function stateAt(txid: number): Promise<{ way: string; isRight: boolean }> {
  const history = openHistory(recorded.directory);
  const file = `${recorded.directory}.state`;
  try {
    const { way } = await materialiseEitherWay(history, txid, file);
    return { way, isRight: readFileSync(file).equals(recorded.states.get(txid) as Buffer) };
  } finally {
    history.close();
    rmSync(file, { force: true });
  }
}

/** First commits of the second sealed segment and of the one behind it. */
function secondSegment(): { name: string; first: number; next: number } {
  const [, name = "", behind = ""] = segments();
  const numberOf = (segment: string) => Number.parseInt(segment.slice("segment-".length).split(".")[0] ?? "", 16);
  return { name, first: numberOf(name), next: numberOf(behind) };
}

describe("a damaged segment in the middle", () => {
  test("leaves every state before it and after it restorable", async () => {
    const { name, first, next } = secondSegment();
    spoilEnd(name);
    for (const txid of [1, 5, first - 1])
      expect(await stateAt(txid), `${txid}`).toEqual({ way: "forwards", isRight: true });
    for (const txid of [next, next + 7, 91]) {
      expect(await stateAt(txid), `${txid}`).toEqual({ way: "backwards", isRight: true });
    }
  });

  test("is a band of the window, and moments in it are refused with the nearest ones on both sides", () => {
    const { name, first, next } = secondSegment();
    const intact = openHistory(recorded.directory);
    const within = intact.byTxid(first + 3);
    const [before, after] = [intact.byTxid(first - 1), intact.byTxid(next)];
    const inside = within && intact.bookmarkOf(within);
    intact.close();
    spoilEnd(name);
    const history = openHistory(recorded.directory);
    const policy = { windowDays: 36_500, nowMs: Date.now(), capturedThroughMs: history.watermarkMs() };
    const window = windowOf(history, policy);
    expect(window.damaged).toMatchObject([{ fromMs: before?.timeMs, toMs: after?.timeMs }]);
    expect(
      window.spans.every(({ fromMs, toMs }) => toMs <= (before?.timeMs ?? 0) || fromMs >= (after?.timeMs ?? 0)),
    ).toBe(true);
    const nearest = { beforeMs: before?.timeMs, afterMs: after?.timeMs };
    for (const ask of [
      () => findBookmark(history, inside ?? "", null),
      () => findTime(history, within?.timeMs ?? 0, policy),
    ]) {
      const error = catchError(ask);
      expect(error).toMatchObject({ code: "history_damaged", details: { fromTxid: first, toTxid: next - 1, nearest } });
      expect(error.details.hint).toMatch(/nearest that can be restored: .* and /);
    }
    expect(findTime(history, after?.timeMs ?? 0, policy).txid).toBeGreaterThanOrEqual(next);
    history.close();
  });

  test("is named by verification with the file, the commits and what can be restored from which end", async () => {
    const { name, first, next } = secondSegment();
    spoilEnd(name);
    const report = await inspectHistory(recorded.directory);
    expect(report.damage).toMatchObject([{ file: name, commits: { fromTxid: first, toTxid: next - 1 } }]);
    expect(report.lost).toMatchObject([{ from: { txid: first }, to: { txid: next - 1 } }]);
    expect(report.restorable).toMatchObject([
      { from: { txid: 1 }, to: { txid: first - 1 }, way: "forwards" },
      { from: { txid: next }, to: { txid: 91 }, way: "backwards" },
    ]);
    expect(report.restorable.every(({ from, to }) => from.bookmark && from.timeMs && to.bookmark && to.timeMs)).toBe(
      true,
    );
  });

  test("keeps no commit from being captured, and later ones are restorable", async () => {
    spoilEnd(secondSegment().name);
    const writer = HistoryWriter.open(recorded.directory);
    expect(writer.newest.txid).toBe(91);
    await writer.close();
    expect(segments().length).toBe(readdirSync(recorded.directory).filter((name) => name.startsWith("segment")).length);
  });

  test("hides no commit that brought an older state back", () => {
    const { name, first } = secondSegment();
    spoilEnd(name);
    const history = openHistory(recorded.directory);
    expect(findReaching(history, first - 2, 88)).toBeNull();
    history.close();
  });
});

describe("damage to the newest commits", () => {
  test("is set aside whole, and what could be read goes on being appended to", async () => {
    const open = segments().find((name) => name.endsWith(".open")) ?? "";
    const content = readFileSync(fileOf(open));
    const firstTxid = Number.parseInt(open.slice("segment-".length, -".open".length), 16);
    content[content.length - 400] = (content[content.length - 400] ?? 0) ^ 1;
    writeFileSync(fileOf(open), content);
    const writer = HistoryWriter.open(recorded.directory);
    expect(writer.newest.txid).toBeGreaterThanOrEqual(firstTxid - 1);
    expect(writer.newest.txid).toBeLessThan(91);
    await writer.close();
    expect(readFileSync(fileOf(`damaged-${open}`)).equals(content)).toBe(true);
    expect((await stateAt(writer.newest.txid)).isRight).toBe(true);
  });

  test("a newest segment of which nothing can be read leaves the last commit before it", async () => {
    const all = segments();
    const open = all.at(-1) ?? "";
    const firstTxid = Number.parseInt(open.slice("segment-".length, -".open".length), 16);
    writeFileSync(fileOf(open), Buffer.alloc(300, 7));
    const writer = HistoryWriter.open(recorded.directory);
    expect(writer.newest.txid).toBe(firstTxid - 1);
    await writer.close();
    expect(HistoryWriter.open(recorded.directory).newest.txid).toBe(firstTxid - 1);
  });

  test("an end that is missing as cleanly as after a crash is told by the mirror's checksums", async () => {
    const open = segments().at(-1) ?? "";
    const content = readFileSync(fileOf(open));
    // The blocks' ends: each begins with GBLK.
    const ends: number[] = [];
    for (let at = content.indexOf("GBLK"); at >= 0; at = content.indexOf("GBLK", at + 1)) ends.push(at);
    expect(ends.length).toBeGreaterThan(2);
    for (const end of ends) {
      writeFileSync(fileOf(open), content.subarray(0, end));
      const { damage, remarks } = await inspectHistory(recorded.directory, undefined, 1);
      expect(damage, `cut at ${end}`).toContainEqual(expect.objectContaining({ file: open, part: "end" }));
      // The mirror is the state that the segments no longer lead to.
      expect(remarks.every((remark) => /^mirror\.db is the database as of commit 91/.test(remark))).toBe(true);
    }
  });
});

describe("aids that only save time", () => {
  test("a sealed segment that cannot be read gives way to the open one that it was made from", async () => {
    const { name } = secondSegment();
    const twin = await recordHistory([...recorded.states.values()], 1024, { sealAt: { bytes: 1e9, commits: 1e9 } });
    const only = readdirSync(twin.directory).find((each) => each.endsWith(".open")) ?? "";
    expect(readdirSync(twin.directory).some((each) => each.endsWith(".sealed"))).toBe(false);
    // The twin's one open segment stands for a seal that a crash interrupted before the open file was removed.
    const sealedTwin = path.join(twin.directory, only.replace(".open", ".sealed"));
    writeFileSync(sealedTwin, readFileSync(fileOf(name)).subarray(0, 200));
    const history = openHistory(twin.directory);
    expect(history.newest().txid).toBe(91);
    expect(history.lostCommits()).toBeNull();
    history.close();
    const writer = HistoryWriter.open(twin.directory);
    expect(writer.newest.txid).toBe(91);
    await writer.close();
    expect(readdirSync(twin.directory)).toContain(only);
    rmSync(twin.directory, { recursive: true, force: true });
  });

  test("a base image that is gone or damaged leaves every state restorable from the mirror", async () => {
    const image = readdirSync(recorded.directory).find((name) => /^base-.*\.db$/.test(name)) ?? "";
    const content = readFileSync(fileOf(image));
    content[600] = (content[600] ?? 0) ^ 8;
    writeFileSync(fileOf(image), content);
    for (const txid of [1, 40, 91]) expect(await stateAt(txid)).toEqual({ way: "backwards", isRight: true });
    renameSync(fileOf(image), `${recorded.directory}.image`);
    for (const txid of [1, 40, 91]) expect(await stateAt(txid)).toEqual({ way: "backwards", isRight: true });
    rmSync(`${recorded.directory}.image`);
  });
});

function catchError(ask: () => unknown): LastgoodError {
  try {
    ask();
  } catch (error) {
    return error as LastgoodError;
  }
  throw new Error("nothing was thrown");
}
