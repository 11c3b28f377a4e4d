// Runs one scenario in a process of its own and prints {"problem": text or null} as its last line.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Scenario } from "./scenario.ts";

const name = process.argv[2] ?? "";
const { scenario } = (await import(`./scenarios/${name}.ts`)) as { scenario: Scenario };
const folder = mkdtempSync(path.join(tmpdir(), `rule-${name}-`));
try {
  const problem = await scenario(folder);
  process.stdout.write(`${JSON.stringify({ problem })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
