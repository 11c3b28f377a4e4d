import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const DOCS = path.resolve(import.meta.dirname, "../../docs");
const ROW = /^\|.*\| \[[^\]]+\]\((?<file>\.\.\/[^)]+)\)(?: "(?<title>[^"]+)")? \|$/;

/** What a row names that is not there. */
function findMissing(line: string): string | null {
  const { file, title } = ROW.exec(line)?.groups ?? {};
  if (file === undefined) return `no test: ${line.slice(0, 80)}`;
  const place = path.join(DOCS, file);
  if (!existsSync(place)) return `no file: ${file}`;
  return title === undefined || readFileSync(place, "utf8").includes(`"${title}"`) ? null : `no test called: ${title}`;
}

describe("docs/api.md", () => {
  const lines = readFileSync(path.join(DOCS, "api.md"), "utf8").split("\n");
  const rows = lines.filter((line) => line.startsWith("| ") && !/^\| (there|---) /.test(line));

  test("has rows for each of the five", () => {
    const groups = lines.filter((line) => line.startsWith("### ")).map((line) => line.slice(4));
    expect(groups).toEqual(["PerSQL", "D1", "Cloudheed", "CapyDB", "Backup block"]);
    expect(rows.length).toBeGreaterThan(30);
  });

  test("names tests that are there, by their titles", () => {
    expect(rows.flatMap((row) => findMissing(row) ?? [])).toEqual([]);
  });

  test("would not pass with a test that nobody has written", () => {
    const row = (test: string) => `| a | b | ${test} |`;
    expect(
      findMissing(row('[x](../tests/unit/api-document.test.ts) "names tests that are there, by their titles"')),
    ).toBeNull();
    expect(findMissing(row('[x](../tests/contract/capydb.test.ts) "something that no test says"'))).toContain(
      "no test called",
    );
    expect(findMissing(row("[x](../tests/unit/nothing.test.ts)"))).toContain("no file");
    expect(findMissing(row("soon"))).toContain("no test");
  });
});
