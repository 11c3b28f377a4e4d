import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../../lib/cli/main.ts";

const PAGE = path.resolve(import.meta.dirname, "../../docs/cli.md");
/** Said once for all verbs, above the table. */
const COMMON = ["url", "namespace", "database", "profile", "token-file", "zone", "timeout", "json"];

type Row = { options: string[]; isOfDatabase: boolean };
const ownOf = (options: readonly string[]) => options.filter((name) => !COMMON.includes(name)).toSorted();

/** Every verb that there is, with the options that are its own. */
async function verbs(): Promise<Record<string, Row>> {
  const entries = Object.entries(COMMANDS).map(async ([name, { load }]) => {
    const { options = [], verbs = {} } = (await load()).shape ?? {};
    const all = Object.entries(verbs).map(([verb, shape]) => [`${name} ${verb}`, shape.options] as const);
    return all.length > 0 ? all : [[name, options] as const];
  });
  return Object.fromEntries(
    (await Promise.all(entries)).flat().map(([name, options]) => {
      const names = options.map((option) => option.name);
      // What is kept in a profile names a database, and is not about one; what lies in a bucket is none of a console's.
      const isOfDatabase = names.includes("database") && !/^(profiles |restore-offline$)/.test(name);
      return [name, { options: ownOf(names), isOfDatabase }];
    }),
  );
}

/** The rows of the page's table of verbs; what stands behind a verb is left out of its name. */
function rowsOf(page: string): Record<string, Row> {
  const rows = [...page.slice(page.indexOf("\n## Verbs")).matchAll(/^\| `([^`]+)`( \*)? \| .+? \| (.*?) ?\|$/gm)];
  return Object.fromEntries(
    rows.map(([, called = "", star, options = ""]) => {
      const name = called.replace(/ [<[].*$/, "");
      const told = [...options.matchAll(/`--([a-z-]+)/g)].map(([, one]) => one ?? "");
      return [name, { options: ownOf(told), isOfDatabase: star !== undefined }];
    }),
  );
}

test("docs/cli.md has each verb with its options, and nothing else", async () => {
  expect(rowsOf(readFileSync(PAGE, "utf8"))).toEqual(await verbs());
});

test("a verb without a row, a row without a verb and an option that nobody told are found", async () => {
  const page = readFileSync(PAGE, "utf8");
  const all = await verbs();
  expect(rowsOf(page.replace(/^\| `window`.*\n/m, ""))).not.toEqual(all);
  expect(rowsOf(page.replace("| `window` *", "| `windows` *"))).not.toEqual(all);
  expect(rowsOf(page.replace("`--cron <fields>` ", ""))).not.toEqual(all);
});
