import { describe, expect, it } from "vitest";
import {
  enginesReadNoEnvironment,
  importsFollowTheArrows,
  packagesStayInTheirRooms,
  processesLoadWhatTheyMay,
} from "./tidy/arrow-rules.ts";
import { graceGoesByTheStore, noErrorVanishes, typesAreTold } from "./tidy/code-rules.ts";
import {
  everythingHasItsPlace,
  filesStayShort,
  linksLeadSomewhere,
  namesSayWhatIsInside,
  noBarrels,
  nothingForbiddenIsWritten,
} from "./tidy/layout-rules.ts";
import { type ProjectFile, type Rule, readProject } from "./tidy/project-files.ts";

const project = readProject();
const at = (path: string, text = ""): ProjectFile => ({ path, text });

/** Each rule with files that it must report, one complaint each, and files that it must let pass. */
const RULES: { fact: string; rule: Rule; bad: ProjectFile[]; good: ProjectFile[] }[] = [
  {
    fact: "the top level and lib hold what the layout names",
    rule: everythingHasItsPlace,
    bad: [at("src/index.ts"), at("lib/tools/x.ts"), at("lib/stray.ts"), at(".npmrc")],
    good: [at("lib/domain/actor.ts"), at("lib/env.ts"), at("docs/testing.md")],
  },
  {
    fact: "names are kebab-case and say what is inside",
    rule: namesSayWhatIsInside,
    bad: [
      at("lib/domain/restorePoint.ts"),
      at("components/Button.tsx"),
      at("lib/domain/utils.ts"),
      at("lib/agent/job-manager.ts"),
      at("lib/common/x.ts"),
      at("lib/some_folder/x.ts"),
    ],
    good: [
      at("app/(console)/[ns]/[...rest]/page.tsx"),
      at("prisma/sqlite/migrations/20261121064000_first_light/migration.sql"),
      at("lib/engines/sqlite/FORMAT.md"),
      at("tests/tidy.test.ts"),
    ],
  },
  {
    fact: "no file only passes on what others export",
    rule: noBarrels,
    bad: [at("lib/domain/all.ts", 'export * from "./a.ts";\nexport { b } from "./b.ts";\n')],
    good: [at("lib/domain/one.ts", 'export { b } from "./b.ts";\nexport const c = 1;\n')],
  },
  {
    fact: "no file of code has more than 400 lines",
    rule: filesStayShort,
    bad: [at("lib/domain/long.ts", "x;\n".repeat(401))],
    good: [at("lib/domain/fits.ts", "x;\n".repeat(400)), at("docs/long.md", "x\n".repeat(500))],
  },
  {
    fact: "nothing silences a check, leaves out a test or names a package registry",
    rule: nothingForbiddenIsWritten,
    bad: [
      at("lib/a.ts", "// @ts-ignore\nx();"),
      at("lib/b.ts", "// biome-ignore lint: because\nx();"),
      at("tests/c.test.ts", 'describe.only("x", () => {});'),
      at("tests/d.test.ts", 'it.skip("x", () => {});'),
      at("lib/e.ts", "// TODO later"),
      at("docs/f.md", "see https://registry.example.org/x"),
      at("package-lock.json", '{\n  "resolved": "x"\n}'),
      at("docs/g.md", "taken from ../shared/docs"),
    ],
    good: [
      at("lib/h.ts", "export const skip = 1; const only = skip;"),
      at("docs/i.md", "todo lists are fine"),
      at("lib/k.ts", "registry.databases.map((one) => one);"),
      at("tests/j.test.ts", 'it.skipIf(isRoot)("x", () => {});'),
    ],
  },
  {
    fact: "links of documents lead to a file",
    rule: linksLeadSomewhere,
    bad: [at("docs/a.md", "[b](missing.md)"), at("docs/c.md", '<img src="pictures/none.png">')],
    good: [
      at("docs/d.md", "[a](a.md) [up](../docs/a.md#part) [web](https://example.org) [here](#x) [folder](../docs/)"),
    ],
  },
  {
    fact: "nothing is typed any",
    rule: typesAreTold,
    bad: [at("lib/a.ts", "const a: any = 1;"), at("lib/b.tsx", "export const b = (x: Array<any>) => <p>{x}</p>;")],
    good: [at("lib/c.ts", 'const any = "any: any"; // any')],
  },
  {
    fact: "no error vanishes without a word",
    rule: noErrorVanishes,
    bad: [at("lib/a.ts", "try { x(); } catch {}"), at("lib/b.ts", "try { x(); } catch (error) {\n}")],
    good: [at("lib/c.ts", "try { x(); } catch {\n  // Gone already is as good as removed.\n}")],
  },
  {
    fact: "grace periods go by the store's clock",
    rule: graceGoesByTheStore,
    bad: [
      at("lib/services/a.ts", "const now = nowMs();\nconst purgeAfterMs = purgeTimeOf(now);"),
      at("lib/services/b.ts", "await buryDatabase(tx, row, { by, atMs: nowMs() });"),
    ],
    good: [at("lib/services/c.ts", "const now = await storeNowMs(tx);\nconst purgeAfterMs = purgeTimeOf(now);")],
  },
  {
    fact: "imports follow the arrows of the architecture",
    rule: importsFollowTheArrows,
    bad: [
      at("components/a.tsx", 'import { b } from "../lib/services/perform.ts";'),
      at("lib/domain/a.ts", 'import { b } from "../log.ts";'),
      at("lib/engines/sqlite/a.ts", 'export { b } from "../postgres/b.ts";'),
      at("lib/engines/sqlite/b.ts", 'const c = await import("../../env.ts");'),
      at("lib/engines/sqlite/c.ts", 'import type { D } from "../../services/perform.ts";'),
      at("lib/services/a.ts", 'import { start } from "../engines/sqlite/engine.ts";'),
      at("lib/services/b.ts", 'import { loop } from "../agent/job-loop.ts";'),
      at("lib/cli/commands/a.ts", 'import { b } from "../../storage/storage.ts";'),
      at("app/page.tsx", 'import { metadata } from "../lib/db/client.ts";'),
      at("lib/web/a.ts", 'import { b } from "../../tests/world/b.ts";'),
    ],
    good: [
      at(
        "lib/services/c.ts",
        'import type { Engine } from "../engines/engine.ts"; import { a } from "../agent/client.ts";',
      ),
      at("lib/engines/sqlite/d.ts", 'import { type Engine } from "../engine.ts"; import { b } from "./history/b.ts";'),
      at("lib/cli/commands/restore-offline.ts", 'import { b } from "../../storage/storage.ts";'),
      at("tests/x.test.ts", 'import { anything } from "../lib/db/client.ts";'),
    ],
  },
  {
    fact: "Prisma, SQLite, React and Next stay in their rooms, and the domain uses zod alone",
    rule: packagesStayInTheirRooms,
    bad: [
      at("lib/agent/a.ts", 'import { PrismaClient } from "@prisma/client";'),
      at("lib/services/a.ts", 'import { DatabaseSync } from "node:sqlite";'),
      at("lib/engines/sqlite/a.ts", 'import Database from "better-sqlite3";'),
      at("lib/domain/a.ts", 'import { createHash } from "node:crypto";'),
      at("lib/services/b.ts", 'import { headers } from "next/headers";'),
      at("lib/services/c.ts", 'import "server-only";'),
    ],
    good: [at("lib/domain/b.ts", 'import { z } from "zod";'), at("lib/db/a.ts", 'import { x } from "@prisma/client";')],
  },
  {
    fact: "a process loads only what it may, however many imports away",
    rule: processesLoadWhatTheyMay,
    bad: [
      at("lib/engines/sqlite/reader/main.ts", 'import { a } from "./a.ts";'),
      at("lib/agent/main.ts", 'import { a } from "../engines/sqlite/reader/a.ts";'),
    ],
    good: [
      at("lib/engines/sqlite/reader/a.ts", 'import { b } from "../wal/b.ts";'),
      at("lib/engines/sqlite/wal/b.ts", 'import { DatabaseSync } from "node:sqlite";'),
      at("lib/engines/sqlite/keeper/main.ts", 'import { b } from "../wal/b.ts";'),
      at("app/page.tsx", 'import type { B } from "../lib/engines/sqlite/wal/b.ts";'),
    ],
  },
  {
    fact: "engines do not look at the environment",
    rule: enginesReadNoEnvironment,
    bad: [at("lib/engines/sqlite/a.ts", "const b = process.env.LASTGOOD_DATA;")],
    good: [at("lib/engines/sqlite/reader/main.ts", "const b = process.env.LASTGOOD_DATA;")],
  },
];

// Some rules parse every source: seconds of work for the first of them, and many more on a busy machine.
describe.each(RULES)("tidy: $fact", { timeout: 120_000 }, ({ rule, bad, good }) => {
  it("holds in the project", () => {
    expect(rule(project)).toEqual([]);
  });

  it("reports each breach, and nothing but breaches", () => {
    const reported = rule([...bad, ...good]).map(({ path }) => path);
    const expected = bad.map(({ path }) => path);
    // A rule about places names the first folder that is out of place.
    expect(reported.map((path) => expected.find((whole) => whole.startsWith(path)) ?? path).sort()).toEqual(
      expected.sort(),
    );
  });
});
