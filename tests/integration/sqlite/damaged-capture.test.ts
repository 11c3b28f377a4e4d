import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { materialiseEitherWay } from "../../../lib/engines/sqlite/restore/materialise-either-way.ts";
import { CapturePair } from "../../world/capture-pair.ts";
import { withoutCounters } from "../../world/compute-state.ts";
import { SqlSession } from "../../world/sql-session.ts";

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "damaged-capture-")));
let pair: CapturePair;
let session: SqlSession;
let directory: string;
beforeEach(async () => {
  pair = new CapturePair();
  pair.startKeeper();
  pair.startKeeper();
  pair.startReader();
  const file = path.join(folder, `${path.basename(pair.data)}.db`);
  session = await SqlSession.open(file);
  directory = pair.register("db", file);
  await pair.until("db", "protected");
  await session.many("insert into t(v) values (randomblob(100 + ?))", 1, 30);
  await pair.flush("db");
});
afterEach(async () => {
  session.kill();
  await pair.close();
  rmSync(pair.data, { recursive: true, force: true });
});

/** Ends the reader, flips a bit of the open segment, and lets capture go on. */
async function damageAt(where: (bytes: number) => number): Promise<void> {
  await pair.endReader();
  const name = readdirSync(directory).find((each) => each.endsWith(".open")) ?? "";
  const file = path.join(directory, name);
  const content = readFileSync(file);
  const at = where(content.length);
  content[at] = (content[at] ?? 0) ^ 2;
  writeFileSync(file, content);
  await session.sql("insert into t(v) values ('while nobody looked')");
  pair.startReader();
  await pair.until("db", "protected");
}

async function expectNewestIsLive(): Promise<void> {
  await session.sql("insert into t(v) values ('afterwards')");
  const { txid } = await pair.flush("db");
  const live = withoutCounters(await session.copy());
  const history = openHistory(directory);
  const image = path.join(folder, "image.db");
  try {
    await materialiseEitherWay(history, txid, image);
    expect(withoutCounters(readFileSync(image)).equals(live)).toBe(true);
  } finally {
    history.close();
    rmSync(image, { force: true });
  }
}

test("damaged newest commits are set aside, the status says so, and every later commit is captured", async () => {
  await damageAt((bytes) => Math.floor(bytes / 2));
  const status = await pair.status("db");
  expect(status?.problem?.cause).toMatch(/stored history is damaged: .*set aside.* New commits are captured/);
  expect(status?.problem?.remedy).toMatch(/restore-offline .* --verify/);
  await expectNewestIsLive();
  const history = openHistory(directory);
  expect(history.lostCommits()).toBeNull();
  expect([...history.notes()].map(({ note }) => note)).toContainEqual(expect.objectContaining({ kind: "end-missing" }));
  history.close();
});

test("a history of which nothing can be read is set aside as a whole, and capture begins anew", async () => {
  await damageAt(() => 20);
  expect(readdirSync(path.join(directory, "damaged-history-1")).sort()).toEqual(
    expect.arrayContaining(["base-0000000000000001.db", "mirror.db"]),
  );
  expect((await pair.status("db"))?.problem?.cause).toMatch(/damaged-history-1 was set aside/);
  await expectNewestIsLive();
});
