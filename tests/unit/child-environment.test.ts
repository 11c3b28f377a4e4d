import { execFileSync } from "node:child_process";
import { afterEach, expect, test } from "vitest";
import { childEnvironment } from "../../lib/child-environment.ts";

const NAMES = ["LASTGOOD_SECRET", "DATABASE_URL", "PGPASSWORD"];
afterEach(() => {
  for (const name of NAMES) delete process.env[name];
});

test("a process that opens somebody's database holds no secret of ours in its environment", () => {
  for (const name of NAMES) process.env[name] = "a canary";
  const names = (env?: NodeJS.ProcessEnv) =>
    execFileSync(process.execPath, ["-p", "Object.keys(process.env).join()"], { env, encoding: "utf8" })
      .trim()
      .split(",");
  expect(names(process.env)).toEqual(expect.arrayContaining(NAMES));
  const kept = names(childEnvironment());
  expect(kept.filter((name) => NAMES.includes(name))).toEqual([]);
  expect(kept).toContain("PATH");
});
