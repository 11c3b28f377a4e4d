import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

// Both are programs for checking texts, loaded where they are needed alone.
const load = createRequire(import.meta.url);
type Lint = { message: string; range: { start: { line: number } } };

/** What the linter of Containerfiles has to say, as `line: message`. */
export function lintContainerfile(text: string): string[] {
  const { validate } = load("dockerfile-utils") as { validate(content: string): Lint[] };
  return validate(text).map(({ message, range }) => `${range.start.line + 1}: ${message}`);
}

/** A YAML text as a value; throws for what is none, keys that stand twice included. */
export function readYaml(text: string): unknown {
  const { parse } = load("yaml") as { parse(text: string, options: { strict: boolean; uniqueKeys: boolean }): unknown };
  return parse(text, { strict: true, uniqueKeys: true });
}

const ANALYZE = "/usr/bin/systemd-analyze";

/** Runs systemd's own check of units; null where there is no systemd. */
export function analyzeUnits(args: readonly string[]): { code: number | null; said: string } | null {
  if (!existsSync(ANALYZE)) return null;
  const ran = spawnSync(ANALYZE, args, { encoding: "utf8", timeout: 20_000 });
  return { code: ran.status, said: `${ran.stdout}${ran.stderr}` };
}
