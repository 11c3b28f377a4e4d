import { execFile } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import type { RuleBreak } from "./rules/rule-breaks.ts";

const inSqlite =
  (name: string) =>
  (from: string, to: string): RuleBreak => ({ file: `lib/engines/sqlite/documents/${name}`, from, to });
const inJson =
  (name: string) =>
  (from: string, to: string): RuleBreak => ({ file: `lib/engines/json/${name}`, from, to });
const replace = inSqlite("replace-tables.ts");
const row = inJson("document-row.ts");
const read = inJson("read-document.ts");

/** What comes of each scenario, and what no longer does once a protection is taken out. */
const CASES: Record<string, { outcome: string; without: Record<string, RuleBreak> }> = {
  bytes: {
    outcome: "the same",
    without: { "the look at a text's bytes": inSqlite("write-document.ts")('text.includes("\\ufffd")', "false") },
  },
  large: {
    outcome: "the same",
    without: {
      "the point of a real": row('!text.includes("e") ?', '!text.includes("e") && text === "" ?'),
      "the sign of zero": row('return "-0.0"', 'return "0.0"'),
      "the tag of what is not finite": row(
        "if (!Number.isFinite(value)) return",
        'if (!Number.isFinite(value)) return "null";',
      ),
    },
  },
  numbered: {
    outcome: "the same",
    without: {
      "hidden numbers of rows": inSqlite("document-tables.ts")("? null : freeRowidName(columns)", "? null : null"),
    },
  },
  triggers: {
    outcome: "the same",
    without: {
      "taking triggers away": replace('.filter(({ type }) => type === "trigger")', ".filter(() => false)"),
    },
  },
  orphans: {
    outcome: "conflict",
    without: { "the look at references": replace("if (broken <= allowed) return;", "return;") },
  },
  others: {
    outcome: "conflict",
    without: {
      "the comparison of every row": replace("if (!hasEveryRow(connection, table)) throw", "if (false) throw"),
    },
  },
  counts: {
    outcome: "invalid_input",
    without: { "the count of rows": read("if (counted !== this.#rows) {", "if (false) {") },
  },
  hash: {
    outcome: "invalid_input",
    without: { "the hash": read('if (this.#hash.digest("hex") !== this.#wantedHash)', "if (false)") },
  },
  columns: {
    outcome: "conflict",
    without: { "columns that are new": inSqlite("staged-document.ts")("if (added) throw", "if (false) throw") },
  },
};

const HERE = import.meta.dirname;
const PRELOAD = pathToFileURL(path.join(HERE, "rules/break-rule.ts")).href;

async function outcomes(names: string[], breaks: RuleBreak[]): Promise<Record<string, string>> {
  const preload = breaks.length > 0 ? [`--import=${PRELOAD}`] : [];
  const script = path.join(HERE, "document-scenarios.ts");
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

describe.each(Object.entries(CASES))("a document: %s", (name, { outcome, without }) => {
  test("comes back or is refused", () => {
    expect(whole[name]).toBe(outcome);
  });
  test.each(Object.entries(without))("does not without %s", { timeout: 60_000 }, async (_, rule) => {
    expect((await outcomes([name], [rule]))[name]).not.toBe(outcome);
  });
});
