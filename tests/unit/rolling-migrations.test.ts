import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const MIGRATIONS = path.resolve(import.meta.dirname, "../../prisma/postgres/migrations");
/** It took columns away that consoles of the version before still wrote: those answered 500 until they were restarted. */
const BEFORE_THE_RULE = ["20261122065106_pages"];

/** What a version that knows nothing of the migration would fail at: columns it reads or writes are gone, or ones it does not fill are required. */
function breaksOlderVersions(sql: string): string[] {
  const statements = sql.replaceAll(/--.*$/gm, "").split(";");
  return statements.flatMap((statement) => {
    const isNew = /^\s*CREATE /i.test(statement);
    const taken = isNew
      ? []
      : (statement.match(/DROP (?:COLUMN|TABLE)[^,]*|\bRENAME\b[^,]*|SET NOT NULL|SET DATA TYPE[^,]*/gi) ?? []);
    const required = isNew ? [] : (statement.match(/ADD COLUMN[^,]*NOT NULL(?![^,]*DEFAULT)/gi) ?? []);
    return [...taken, ...required].map((found) => found.trim());
  });
}

it("no migration takes from the version before what that still uses while both run on one store", () => {
  const broken = readdirSync(MIGRATIONS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      name,
      breaks: breaksOlderVersions(readFileSync(path.join(MIGRATIONS, name, "migration.sql"), "utf8")),
    }))
    .filter(({ breaks }) => breaks.length > 0);
  // Stop using a column in one version and drop it in a later one; give each new one a default, or let it be null.
  expect(broken.map(({ name }) => name)).toEqual(BEFORE_THE_RULE);
});

it("what breaks an older version is found, and what does not is not", () => {
  expect(breaksOlderVersions('ALTER TABLE "A" DROP COLUMN "b", ADD COLUMN "c" TEXT')).toEqual(['DROP COLUMN "b"']);
  expect(breaksOlderVersions('ALTER TABLE "A" ADD COLUMN "c" TEXT NOT NULL')).toHaveLength(1);
  expect(breaksOlderVersions('ALTER TABLE "A" RENAME COLUMN "b" TO "c"; DROP TABLE "D"')).toHaveLength(2);
  expect(
    breaksOlderVersions('CREATE TABLE "A" ("b" TEXT NOT NULL); ALTER TABLE "A" ADD COLUMN "c" INT NOT NULL DEFAULT 0'),
  ).toEqual([]);
});
