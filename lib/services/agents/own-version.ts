import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";

let known: string | null = null;

/** The version in the project's package.json; every process of ours runs in its folder. */
export function ownVersion(): string {
  const file = path.resolve(/* turbopackIgnore: true */ "package.json");
  known ??= z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
  return known;
}
