import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, test } from "vitest";
import type { PageSource } from "../../../lib/engines/engine.ts";
import { baseName, MIRROR_CHECKSUMS_NAME } from "../../../lib/engines/sqlite/history/format.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { SealedSegment } from "../../../lib/engines/sqlite/history/sealed-segment.ts";
import { openPast } from "../../../lib/engines/sqlite/past/open-past.ts";
import { PastStates } from "../../../lib/engines/sqlite/past/past-states.ts";
import { materialise } from "../../../lib/engines/sqlite/restore/materialise.ts";
import { MadeHistory } from "../../world/made-history.ts";

const PAGE = 512;
const SEEDS = (process.env.LASTGOOD_PAST_SEEDS ?? "11,12").split(",").map(Number);
const made: MadeHistory[] = [];
const opened: History[] = [];
afterEach(async () => {
  for (const history of opened.splice(0)) history.close();
  for (const { writer, directory } of made.splice(0)) {
    await writer.close();
    rmSync(directory, { recursive: true, force: true });
  }
});

function open(history: MadeHistory): History {
  const view = openHistory(history.directory);
  opened.push(view);
  return view;
}

function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What SQLite makes of random statements, state by state: growth, freed and reused pages, VACUUM, changes of the schema. */
class Program {
  readonly #random: (below: number) => number;
  readonly #file: string;
  readonly #database: DatabaseSync;
  #step = 0;

  constructor(history: MadeHistory, random: (below: number) => number) {
    this.#random = random;
    this.#file = path.join(history.directory, "source.db");
    this.#database = new DatabaseSync(this.#file);
    this.#database.exec(`PRAGMA page_size = ${PAGE}; PRAGMA journal_mode = DELETE; PRAGMA synchronous = OFF;
      PRAGMA auto_vacuum = ${random(3)}; CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER DEFAULT 0, body BLOB)`);
  }

  next(): Buffer {
    const random = this.#random;
    const some = `(WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${1 + random(30)}) SELECT i FROM s)`;
    const kinds = [
      `INSERT INTO t (body) SELECT zeroblob(${20 + random(900)}) FROM ${some}`,
      `UPDATE t SET n = n + 1 WHERE id % 7 = ${random(7)}`,
      `UPDATE t SET n = n + 1 WHERE id = ${1 + random(50)}`,
      `INSERT INTO t (body) SELECT randomblob(${20 + random(300)}) FROM ${some}`,
      `DELETE FROM t WHERE id % ${1 + random(4)} = 0`,
      "VACUUM",
      `PRAGMA incremental_vacuum(${1 + random(20)})`,
      `CREATE TABLE extra_${this.#step} (a); INSERT INTO extra_${this.#step} SELECT body FROM t LIMIT 9`,
    ];
    const weights = [0, 0, 1, 1, 2, 2, 2, 2, 3, 4, 5, 6, 7];
    this.#database.exec(kinds[weights[random(weights.length)] ?? 0] ?? "");
    this.#step++;
    return readFileSync(this.#file);
  }

  close(): void {
    this.#database.close();
  }
}

function expectPage(source: PageSource, page: number, state: Buffer, what: string): void {
  const wanted = state.subarray((page - 1) * PAGE, page * PAGE);
  if (!wanted.equals(source.read(page))) expect.fail(`page ${page}: ${what}`);
}

function expectState(source: PageSource, state: Buffer, what: string): void {
  expect(source.pageCount, what).toBe(state.length / PAGE);
  for (let page = 1; page <= source.pageCount; page++) expectPage(source, page, state, what);
}

describe.each(SEEDS)("the pages of past states (seed %i)", (seed) => {
  test("are those of every state there was, while the writer goes on and the mirror lags, leads or is torn", {
    timeout: 120_000,
  }, async () => {
    const random = randomSource(seed);
    const history = new MadeHistory({ bytes: 1e9, commits: 15 + random(20) }, seed);
    made.push(history);
    const program = new Program(history, random);
    for (let commits = 0; commits < 80; commits++) {
      history.change(program.next());
      if (commits % 4 === 0) await history.writer.flush();
    }
    await history.writer.flush();
    history.writeMirror(history.state());
    const view = open(history);
    for (let txid = 1; txid < history.states.length; txid++) {
      const source = openPast(view, txid, { cacheBytes: [1, 20_000, 1e7][random(3)] ?? 1 });
      expectState(source, history.states[txid] ?? Buffer.alloc(0), `state ${txid}, nothing else going on`);
      source.close();
    }

    // Sources stay open while commits are added, segments sealed, and the mirror written in every order.
    const sources = new Map<number, PageSource>();
    let reads = 0;
    for (let round = 0; round < 50; round++) {
      for (let i = random(3); i > 0; i--) history.change(program.next());
      if (random(2) === 0) await history.writer.flush();
      const durable = history.writer.newest.txid;
      // Sealing goes on beside this.
      await new Promise(setImmediate);
      const kind = random(6);
      const state = history.states[kind === 1 ? 1 + random(durable) : durable] ?? Buffer.alloc(0);
      const content = Buffer.from(state);
      if (kind === 2) content.fill(0xa5, random(content.length), random(content.length));
      if (kind === 3) rmSync(history.mirrorPath, { force: true });
      else {
        // Only what is durable reaches the mirror.
        await history.writer.flush();
        writeFileSync(history.mirrorPath, content);
        if (kind === 4) truncateSync(history.mirrorPath, random(content.length));
      }
      const pair = [1 + random(view.newest().txid), 1 + random(view.newest().txid)];
      const together = new PastStates(view, pair, { cacheBytes: 60_000 });
      for (const txid of pair) if (!sources.has(txid)) sources.set(txid, together.open(txid));
      for (const [at, source] of sources) {
        for (let i = 0; i < 3; i++, reads++) {
          const page = 1 + random(source.pageCount);
          expectPage(source, page, history.states[at] ?? Buffer.alloc(0), `state ${at} in round ${round}`);
        }
      }
      if (sources.size > 12) {
        const [oldest] = sources.keys();
        sources.get(oldest ?? 0)?.close();
        sources.delete(oldest ?? 0);
      }
    }
    program.close();
    expect(reads).toBeGreaterThan(300);
    history.writeMirror(history.state());
    for (const [txid, source] of sources) {
      const image = path.join(history.directory, "image");
      materialise(view, txid, image);
      expectState(source, readFileSync(image), `state ${txid} as materialised`);
      source.close();
    }
  });
});

describe("states that are read together", () => {
  test.each(SEEDS)(
    "are what each is by itself, and every page that differs counts as touched (seed %i)",
    async (seed) => {
      const random = randomSource(seed);
      const history = new MadeHistory({ bytes: 1e9, commits: 20 }, seed);
      made.push(history);
      const program = new Program(history, random);
      for (let commits = 0; commits < 50; commits++) history.change(program.next());
      program.close();
      await history.writer.flush();
      history.writeMirror(history.state());
      const view = open(history);
      for (let round = 0; round < 40; round++) {
        const [one = 1, other = 1] = [1 + random(50), 1 + random(50)].sort((a, b) => a - b);
        const states = new PastStates(view, [other, one]);
        const [before, after] = [history.states[one] ?? Buffer.alloc(0), history.states[other] ?? Buffer.alloc(0)];
        const touched = states.touched(one + 1, other);
        for (let page = 1; page * PAGE <= Math.min(before.length, after.length); page++) {
          const isSame = !before.compare(after, (page - 1) * PAGE, page * PAGE, (page - 1) * PAGE, page * PAGE);
          if (!isSame && !touched.has(page)) expect.fail(`page ${page} was touched between ${one} and ${other}`);
        }
        const sources = [states.open(one), states.open(other)] as const;
        expectState(sources[0], before, `state ${one} beside ${other}`);
        expectState(sources[1], after, `state ${other} beside ${one}`);
        for (const source of sources) source.close();
      }
    },
  );
});

test("nothing that was read of an open segment counts once its writer has cut off a part of it and written others", async () => {
  const [history, other] = [new MadeHistory(undefined, 3), new MadeHistory(undefined, 3)] as const;
  made.push(history, other);
  for (const each of [history, other]) await each.commit(10);
  const filled = (fill: number) => Buffer.alloc(history.state().length, fill);
  for (const fill of [1, 2, 3, 4]) history.change(filled(fill));
  other.change(filled(9));
  for (const { writer } of [history, other]) await writer.flush();
  history.writeMirror(history.state());
  const view = open(history);
  const states = new PastStates(view, [5, 8]);
  for (const at of [5, 8]) expectState(states.open(at), history.states[at] ?? Buffer.alloc(0), `state ${at}`);

  const openSegment = (one: MadeHistory) => openHistory(one.directory).allSegments().at(-1)?.file ?? "";
  writeFileSync(openSegment(history), readFileSync(openSegment(other)));
  history.writeMirror(other.state());
  // So that only the way back from the mirror is left.
  writeFileSync(path.join(history.directory, baseName(1)), Buffer.alloc(12 * PAGE, 0x5a));
  view.refresh();
  expect(view.newest().txid).toBe(12);
  for (const at of [5, 8]) expectState(states.open(at), history.states[at] ?? Buffer.alloc(0), `state ${at} again`);
});

describe("pages of past states", () => {
  async function makeSome(commits = 80, seal = 25): Promise<MadeHistory> {
    const history = new MadeHistory({ bytes: 1e9, commits: seal }, 5);
    made.push(history);
    await history.commit(commits);
    return history;
  }

  test("go by the table of the mirror's checksums, whether it is older or newer than they are", async () => {
    const history = await makeSome(30, 1000);
    const { historyId, pageSize } = history.writer;
    const { writePageChecksums } = await import("../../../lib/engines/sqlite/history/page-checksums.ts");
    const { checksumsAt } = await import("../../../lib/engines/sqlite/restore/checksums-at.ts");
    const view = open(history);
    const file = path.join(history.directory, MIRROR_CHECKSUMS_NAME);
    for (const txid of [1, 12, 31]) {
      writePageChecksums(file, { historyId, txid, pageSize, table: checksumsAt(view, txid) });
      for (const at of [1, 5, 12, 20, 31]) {
        const source = openPast(view, at);
        expectState(source, history.states[at] ?? Buffer.alloc(0), `state ${at} with checksums of ${txid}`);
        source.close();
      }
    }
  });

  test("come from the base image when the mirror is missing, and from the mirror when the base image is damaged", async () => {
    const history = await makeSome();
    const view = open(history);
    rmSync(history.mirrorPath);
    const forwards = openPast(view, 70);
    expectState(forwards, history.states[70] ?? Buffer.alloc(0), "forwards");
    forwards.close();
    history.writeMirror(history.state());
    writeFileSync(path.join(history.directory, baseName(1)), Buffer.alloc(12 * PAGE, 1));
    const backwards = openPast(view, 5);
    expectState(backwards, history.states[5] ?? Buffer.alloc(0), "backwards");
    backwards.close();
  });

  test("that neither end yields are reported and never given", async () => {
    const history = await makeSome();
    const view = open(history);
    history.writeMirror(Buffer.alloc(history.mirror().length, 0x11));
    writeFileSync(path.join(history.directory, baseName(1)), Buffer.alloc(12 * PAGE, 1));
    const source = openPast(view, 20);
    let given = 0;
    for (let page = 1; page <= source.pageCount; page++) {
      try {
        expectPage(source, page, history.states[20] ?? Buffer.alloc(0), "given although damaged");
        given++;
      } catch (error) {
        expect(error).toMatchObject({ code: "history_damaged" });
      }
    }
    // Pages beyond the base image are made of steps alone.
    expect(given).toBeLessThan(source.pageCount);
    source.close();
  });

  test("survive damage to what only saves time in a sealed segment", async () => {
    const history = new MadeHistory({ bytes: 1e9, commits: 40 }, 9, 40);
    made.push(history);
    for (let i = 0; i < 100; i++) {
      const next = history.state();
      next.writeInt32LE(i, 5 * PAGE);
      history.change(next);
    }
    await history.writer.flush();
    history.writeMirror(history.state());
    // What is sealed behind the writer's back is there once it has closed.
    await history.writer.close();
    history.reopen({ bytes: 1e9, commits: 1000 });
    const view = open(history);
    const sealed = view.allSegments().filter((one) => one instanceof SealedSegment);
    const composed = sealed.filter(({ isCombined }) => isCombined);
    expect(composed.length).toBeGreaterThan(0);
    const [first] = composed as [SealedSegment];
    expect(openPast(view, 1).read(6)).toEqual(history.states[1]?.subarray(5 * PAGE, 6 * PAGE));
    // Everything between the records and the trailer's tables: composed steps, then page rows.
    const raw = readFileSync(first.file);
    const { count } = first.composedBlocks();
    expect(count).toBeGreaterThan(0);
    let offset = 64;
    for (let block = 0; block < first.blockCount; block++) offset += storedBytes(raw, block);
    raw.fill(0xff, offset + 4, offset + 12);
    writeFileSync(first.file, raw);
    const again = openHistory(history.directory);
    opened.push(again);
    expect([...(again.allSegments()[0] as SealedSegment).damagedParts()].length).toBeGreaterThan(0);
    const source = openPast(again, 1);
    expectState(source, history.states[1] ?? Buffer.alloc(0), "with damaged composed steps");
    source.close();
  });
});

/** Of a block of records, from the segment's first table, whose place the trailer names. */
function storedBytes(raw: Buffer, block: number): number {
  const tables = Number(raw.readBigUInt64LE(raw.length - 160 + 88));
  return raw.readUInt32LE(tables + block * 24 + 8);
}
