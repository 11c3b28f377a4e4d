// Runs one attack in a process of its own and prints {"through": text or null} as its last line.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Attack } from "./attack.ts";

const name = process.argv[2] ?? "";
const { attack } = (await import(`./attacks/${name}.ts`)) as { attack: Attack };
const folder = mkdtempSync(path.join(tmpdir(), `attack-${name}-`));
try {
  const through = await attack(folder);
  process.stdout.write(`${JSON.stringify({ through })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
