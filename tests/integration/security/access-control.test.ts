import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

const PROJECT = path.resolve(import.meta.dirname, "../../..");

/** Runs the enumeration of routes, or a part of it, with a source changed; answers its leaks and whether it failed. */
async function enumerate(change: { file: string; from: string; to: string }, file: string, only: string) {
  const folder = mkdtempSync(path.join(tmpdir(), "access-"));
  const args = [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project",
    "services",
    "--project",
    "integration",
    file,
    "-t",
    only,
  ];
  const child = spawn(process.execPath, args, {
    cwd: PROJECT,
    stdio: "ignore",
    env: { ...process.env, LASTGOOD_TEST_BREAK: JSON.stringify([change]), LASTGOOD_ACCESS_TALLY: folder },
  });
  const [code] = (await once(child, "close")) as [number | null];
  const counts = path.join(folder, "routes.json");
  const leaks = existsSync(counts) ? (JSON.parse(readFileSync(counts, "utf8")) as { leaks: string[] }).leaks : [];
  rmSync(folder, { recursive: true, force: true });
  return { failed: code !== 0, leaks };
}

const ACCESS = "tests/integration/routes/access.test.ts";

// What the enumeration is worth: with a check taken out it tells leaks, with a row taken out it fails.
test.each([
  ["roles", "lib/services/perform.ts", "if (!roleMay(role, action)) {", "if (Date.now() < 0) {"],
  [
    "the namespace of a database",
    "lib/services/databases/find-database.ts",
    "return { namespaceId: namespace.id };",
    "return {};",
  ],
  [
    "where a call comes from",
    "lib/web/same-origin.ts",
    "return new URL(origin).host === host ||",
    "return origin !== host ||",
  ],
])("the enumeration tells leaks without the check of %s", { timeout: 90_000 }, async (_, file, from, to) => {
  const { failed, leaks } = await enumerate({ file, from, to }, ACCESS, "POST .*(preflight|snapshots) ");
  expect(failed).toBe(true);
  expect(leaks.length).toBeGreaterThan(0);
});

test.each([
  [
    "route",
    "app/api/namespaces/[ns]/audit/anchor/route.ts",
    "  GET: endpoint(",
    "  DELETE: endpoint(",
    ACCESS,
    "each allowed method",
  ],
  [
    "server action",
    "tests/integration/security/action-rows.ts",
    "  signIn: {",
    "  signOn: {",
    "tests/integration/security/action-rows.test.ts",
    "row",
  ],
  [
    "verb",
    "tests/integration/security/verb-rows.ts",
    "  audit: (",
    "  auditor: (",
    "tests/integration/security/cli-verbs.test.ts",
    "every verb has a row",
  ],
])("a %s without a row fails", { timeout: 90_000 }, async (_, file, from, to, testFile, only) => {
  expect(await enumerate({ file, from, to }, testFile, only)).toMatchObject({ failed: true });
});
