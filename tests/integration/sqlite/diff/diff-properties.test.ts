import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { DIFF_KINDS } from "../../../../lib/domain/diff.ts";
import type { PageSource } from "../../../../lib/engines/engine.ts";
import { DatabaseComparison } from "../../../../lib/engines/sqlite/diff/database-comparison.ts";
import { differencePage } from "../../../../lib/engines/sqlite/diff/difference-page.ts";
import { Random } from "../../../sim/random.ts";
import { filePages } from "../../../world/file-pages.ts";
import { checkSeeds } from "./check-seeds.ts";
import { compareBySql } from "./except-oracle.ts";
import { MadeStates } from "./made-states.ts";

const HERE = import.meta.dirname;
const DIFF = "lib/engines/sqlite/diff";
const FIRST_SEED = 17;
const SEEDS = 8;
const MOST_SEEDS = 50;

/** `seed`: the first one that needs it, so that the search need not be long; by default the very first. */
type Protection = { file: string; from: string; to: string; seed?: number };

/** What a difference rests on, each with what takes it out of the sources. */
const PROTECTIONS: Record<string, Protection> = {
  "rows whose overflow pages alone changed": {
    file: `${DIFF}/database-comparison.ts`,
    from: "yield* this.#findHidden(candidates);",
    to: "",
    seed: 17,
  },
  "rows that only moved to another page meet themselves": {
    file: `${DIFF}/table-merge.ts`,
    from: "const order = !from ? 1 : !to ? -1 : compare(this.#order, from, to);",
    to: "const order = from ? -1 : 1;",
  },
  "a page of both trees counts only if it is the same in both": {
    file: `${DIFF}/table-pair.ts`,
    from: "shared: before.sharedWith(after, changed) };",
    to: "shared: before.sharedWith(after, new PageSet()) };",
  },
  "a row that is older than a column has its default": {
    file: `${DIFF}/table-row.ts`,
    from: "record[column.storedAt] ?? column.default",
    to: 'record[column.storedAt] ?? { type: "null" }',
  },
  "keys are in the order of their collation": {
    file: `${DIFF}/key-order.ts`,
    from: 'one.rank === 2 && collation === "NOCASE"',
    to: "false",
  },
};

async function checkWithout({ file, from, to, seed = 1 }: Protection): Promise<string | null> {
  const source = readFileSync(path.resolve(HERE, "../../../..", file), "utf8");
  expect(source.split(from), `${file} holds once: ${from}`).toHaveLength(2);
  const run = promisify(execFile)(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--import",
      path.join(HERE, "../rules/break-rule.ts"),
      path.join(HERE, "check-seeds.ts"),
      `${seed}`,
      `${seed + MOST_SEEDS}`,
    ],
    { env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify([{ file, from, to }]) } },
  );
  const { stdout } = await run.catch((error: { stdout: string }) => error);
  return (JSON.parse(stdout) as { problem: string | null }).problem;
}

describe("the difference of two states of random databases", () => {
  test("is what ATTACH and EXCEPT by key say, of every kind of table", { timeout: 120_000 }, () => {
    const { problem, tally } = checkSeeds(FIRST_SEED, FIRST_SEED + SEEDS - 1);
    expect(problem).toBeNull();
    // Otherwise it would not show much.
    expect(tally.differing).toBeGreaterThan(SEEDS * 5);
    expect(tally.full).toBeGreaterThan(SEEDS);
    expect(tally.scanned).toBeGreaterThan(3);
    expect(tally.rows).toBeGreaterThan(500);
  });

  test("tells rows apart by their primary key, whatever became of their rowids", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "named-rows-"));
    const [before, after] = [path.join(folder, "before.db"), path.join(folder, "after.db")];
    const database = new DatabaseSync(before);
    database.exec(`CREATE TABLE named (b TEXT, k TEXT NOT NULL PRIMARY KEY);
      INSERT INTO named (k, b) VALUES ('renamed', '1'), ('replaced', '2'), ('put in again', '3'), ('gone', '4')`);
    copyFileSync(before, after);
    database.close();
    const later = new DatabaseSync(after);
    later.exec(`UPDATE named SET k = 'other name' WHERE k = 'renamed';
      REPLACE INTO named (k, b) VALUES ('replaced', 'anew'), ('put in again', '3');
      DELETE FROM named WHERE k = 'gone'`);
    later.close();
    const [from, to] = [filePages(before), filePages(after)];
    const comparison = new DatabaseComparison(from, to, null);
    for (const work = comparison.run(); !work.next().done; );
    const counts = { added: 1, removed: 2, changed: 1 };
    expect(comparison.compared.tables).toMatchObject([{ name: "named", ...counts, exact: true }]);
    expect(compareBySql(before, after).get("named")).toEqual(counts);
    const rows: string[] = [];
    for (let next: string | null = null, pages = 0; pages === 0 || next !== null; pages++) {
      const work = differencePage(comparison, { table: "named", kinds: DIFF_KINDS, after: next, limit: 1 });
      let step = work.next();
      while (!step.done) step = work.next();
      rows.push(...step.value.rows.map(({ kind, before: was, after: is }) => `${kind} ${was?.join()} ${is?.join()}`));
      next = step.value.next;
    }
    expect(rows.sort()).toEqual([
      "added undefined 1,other name",
      "changed 2,replaced anew,replaced",
      "removed 1,renamed undefined",
      "removed 4,gone undefined",
    ]);
    from.close();
    to.close();
  });

  test.each(Object.keys(PROTECTIONS))("is wrong at once without this: %s", { timeout: 120_000 }, async (name) => {
    const protection = PROTECTIONS[name];
    expect(protection && (await checkWithout(protection))).toMatch(/^seed /);
  });
});

test("a damaged page ends it with history_damaged, or changes nothing but values: never another failure", {
  timeout: 60_000,
}, () => {
  const states = new MadeStates(2);
  const random = new Random(99);
  try {
    const [from, to] = [filePages(states.step(3)), filePages(states.step(6))];
    const isTree = (page: number) => [2, 5, 10, 13].includes(to.read(page)[page === 1 ? 100 : 0] ?? 0);
    const trees = Array.from({ length: to.pageCount }, (_, index) => index + 1).filter(isTree);
    let refused = 0;
    for (let round = 0; round < 60; round++) {
      const damaged = random.pick(trees);
      const source: PageSource = {
        ...to,
        read: (page) => {
          const content = Buffer.from(to.read(page));
          const header = page === 1 ? 100 : 0;
          // In the header and its pointers, where trees hang together.
          if (page === damaged) for (let i = 0; i < 4; i++) content[header + random.below(24)] = random.below(256);
          return content;
        },
      };
      try {
        for (const work = new DatabaseComparison(from, source, null).run(); !work.next().done; );
      } catch (error) {
        expect(error).toMatchObject({ code: "history_damaged" });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
    from.close();
    to.close();
  } finally {
    states.remove();
  }
});
