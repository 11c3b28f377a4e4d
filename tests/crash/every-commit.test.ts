import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import { materialise } from "../../lib/engines/sqlite/restore/materialise.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { attachFile, callApi } from "../world/call-api.ts";
import { ForeignProgram } from "../world/foreign-program.ts";
import { readCounters } from "../world/read-counters.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

const SECONDS = Number(process.env.LASTGOOD_TEST_SECONDS ?? 8);
const SAMPLES = Number(process.env.LASTGOOD_TEST_SAMPLES ?? 40);

let lastgood: StartedLastgood;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "every-commit-"));
  lastgood = await startLastgood();
});
afterAll(async () => {
  await lastgood.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** SQLite's own: versions 18/19, change counter 24, schema cookie 40, version-valid-for 92, library version 96. */
function withoutCounters(image: Buffer): Buffer {
  const plain = Buffer.from(image);
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

describe("a foreign program's commits while its file is attached", () => {
  it("each have a bookmark, in order, none missing, and materialise to the bytes copied at that commit", {
    timeout: (SECONDS + 240) * 1000,
  }, async () => {
    const copies = path.join(folder, "copies");
    mkdirSync(copies);
    const file = path.join(folder, "live.db");
    const writer = new ForeignProgram("sampled_writer.py", [file, copies, "--every", "20"]);
    await writer.next();
    const id = await attachFile(lastgood, "counted", file);
    writer.say("go");
    await sleep(SECONDS * 1000);
    const { last, copies: copied } = await writer.end<{ last: number; copies: number[] }>();
    const now = await callApi<{ bookmark: string }>(lastgood, "/databases/counted/bookmark");
    expect(now.status).toBe(200);

    const history = openHistory(path.join(runtimePaths(lastgood.data).history, id));
    try {
      const commits = [...readCounters(history)];
      expect(commits.flatMap(({ counter }) => counter ?? []).filter((n, i, all) => n !== all[i - 1])).toEqual(
        Array.from({ length: last }, (_, i) => i + 1),
      );
      expect(commits.filter(({ gapFromMs }) => gapFromMs !== null)).toEqual([]);
      const firstOf = new Map<number, number>();
      for (const { txid, counter } of commits) if (counter && !firstOf.has(counter)) firstOf.set(counter, txid);
      const bookmarks = commits
        .flatMap(({ txid }) => history.byTxid(txid) ?? [])
        .map((info) => history.bookmarkOf(info));
      expect(bookmarks).toHaveLength(commits.length);
      expect([...bookmarks].sort()).toEqual(bookmarks);
      expect(bookmarks.at(-1)).toBe(now.body.bookmark);

      const step = Math.max(1, Math.floor(copied.length / SAMPLES));
      const sampled = copied.filter((_, i) => i % step === 0).slice(0, SAMPLES);
      expect(sampled.length).toBeGreaterThan(20);
      for (const number of sampled) {
        const txid = firstOf.get(number) ?? 0;
        const image = path.join(folder, "image.db");
        materialise(history, txid, image);
        const wanted = withoutCounters(readFileSync(path.join(copies, `${number}.db`)));
        expect(withoutCounters(readFileSync(image)).equals(wanted), `commit ${number}`).toBe(true);
      }
      process.stdout.write(`${last} commits in ${SECONDS} s, ${sampled.length} compared\n`);
    } finally {
      history.close();
    }
  });
});
