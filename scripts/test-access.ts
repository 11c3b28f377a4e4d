import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildConsole } from "./build-console.mjs";
import { runProgram } from "./check-sources.mjs";

// Tries every way in as everybody: `npm run test:access`. Its last line is one of JSON with the counts; exit code 0 when
// nothing leaked and each route, server action and verb has its row.
const FILES = [
  "tests/integration/routes/access.test.ts",
  "tests/integration/security/action-rows.test.ts",
  "tests/integration/security/server-actions.test.ts",
  "tests/integration/security/cli-verbs.test.ts",
];
type Counts = { entries: number; calls: number; callers: string[]; leaks: string[] };

await buildConsole();
const folder = mkdtempSync(path.join(tmpdir(), "access-"));
const read = (kind: string) => JSON.parse(readFileSync(path.join(folder, `${kind}.json`), "utf8")) as Counts;
try {
  const passed = await runProgram(
    "vitest/vitest.mjs",
    ["run", "--project", "services", "--project", "integration", ...FILES],
    {
      LASTGOOD_ACCESS_TALLY: folder,
    },
  );
  const [routes, actions, verbs] = [read("routes"), read("actions"), read("verbs")];
  const all = [routes, actions, verbs];
  const leaks = all.flatMap((counts) => counts.leaks);
  const roles = new Set(all.flatMap(({ callers }) => callers.map((caller) => caller.replace(/ by .*/, ""))));
  for (const leak of leaks) process.stdout.write(`leak: ${leak}\n`);
  const calls = all.reduce((sum, counts) => sum + counts.calls, 0);
  const told = {
    routes: routes.entries,
    actions: actions.entries,
    verbs: verbs.entries,
    roles: roles.size,
    calls,
    leaks: leaks.length,
  };
  process.stdout.write(`${JSON.stringify(told)}\n`);
  process.exitCode = passed && leaks.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
