import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { MetricFamily } from "../../domain/metrics.ts";

let version: string | null = null;

/** The version in the project's package.json; the console runs in its folder. */
function readVersion(): string {
  const file = path.resolve(/* turbopackIgnore: true */ "package.json");
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).version;
}

/** Which Lastgood this is. */
export function buildFamilies(): MetricFamily[] {
  version ??= readVersion();
  return [
    {
      name: "lastgood_build",
      type: "info",
      help: "The version of Lastgood, and of the Node that runs it.",
      samples: [{ labels: { version, node: process.versions.node }, value: 1 }],
    },
  ];
}
