import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import type { RuleBreak } from "./rules/rule-breaks.ts";

const inFile =
  (file: string) =>
  (from: string, to: string): RuleBreak => ({ file: `lib/engines/sqlite/${file}`, from, to });
const writer = inFile("give-back/write-rows.ts");
const sql = inFile("give-back/write-sql.ts");
const staged = inFile("give-back/staged-tables.ts");
const stage = inFile("give-back/stage-rows.ts");
const live = inFile("one-commit/open-live.ts");

/** What each scenario gives, and what gives something else once it is taken out. */
const CASES: Record<string, { outcome: string; without: Record<string, RuleBreak[]> }> = {
  moved: {
    outcome: '[[1,"mine"],[2,"y"]]',
    without: { "the look before the writing": [writer("if (!table.isMadeAgain) this.#markMoved(table);", "")] },
  },
  triggers: {
    outcome: "[[2,0,3]]",
    without: {
      "taking triggers away": [writer('.filter(({ type }) => type === "trigger")', ".filter(() => false)")],
      "taking triggers away, and the authorizer": [
        writer('.filter(({ type }) => type === "trigger")', ".filter(() => false)"),
        writer("forbidTriggers(this.#connection);", ""),
      ],
    },
  },
  taken: {
    outcome: '[[2,"y"],[9,"x"]]',
    without: {
      "seeing it in the plan": [
        inFile("give-back/judge-rows.ts")(
          "for (const index of table.shape.uniques)",
          "for (const index of [] as never[])",
        ),
      ],
    },
  },
  hiddenlyTaken: {
    outcome: '[[2,"y"],[9,"X"]]',
    without: {
      "an INSERT that replaces nothing": [sql("return `INSERT INTO ", "return `INSERT OR REPLACE INTO ")],
    },
  },
  orphaned: {
    outcome: "[[1,1]]",
    without: {
      "the look for parents": [writer("this.#numbers(orphanSql(table, reference, this.#written(table)))", "[]")],
    },
  },
  stranded: {
    outcome: "[[2,1]]",
    without: {
      "the look for children": [writer("this.#numbers(strandedSql(table, reference, this.#written(table)))", "[]")],
      "foreign keys that are not followed": [live("PRAGMA foreign_keys = OFF;", "PRAGMA foreign_keys = ON;")],
    },
  },
  alike: {
    outcome: '3 [["text","a"],["real","a"],["integer","a"]]',
    without: {
      "types of values": [staged("<> typeof(", "IS NULL AND 0 = ("), staged(" COLLATE BINARY IS NOT ", " IS NOT ")],
    },
  },
  altered: {
    outcome: "conflict",
    without: { "the same schema": [writer("if (isSame) return;", "return;")] },
  },
  added: {
    outcome: '[[1,"x"],[2,"y"],[7,"mine"]]',
    without: { "leaving them alone": [stage('const unknown = drop("ha = 0");', "const unknown = 0;")] },
  },
};

const HERE = import.meta.dirname;
const PRELOAD = pathToFileURL(path.join(HERE, "rules/break-rule.ts")).href;

async function outcomes(names: string[], breaks: RuleBreak[]): Promise<Record<string, string>> {
  const script = path.join(HERE, "give-back-scenarios.ts");
  const preload = breaks.length > 0 ? [`--import=${PRELOAD}`] : [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", ...preload, script, ...names],
    { env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify(breaks) } },
  );
  return JSON.parse(stdout) as Record<string, string>;
}

let whole: Record<string, string> = {};
beforeAll(async () => {
  whole = await outcomes(Object.keys(CASES), []);
}, 60_000);

describe.each(Object.entries(CASES))("writing rows: %s", (name, { outcome, without }) => {
  test("is safe", () => {
    expect(whole[name]).toBe(outcome);
  });
  test.each(Object.entries(without))("is not without %s", { timeout: 60_000 }, async (_, breaks) => {
    expect((await outcomes([name], breaks))[name]).not.toBe(outcome);
  });
});
