import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

const DEBIAN = "/usr/bin/promtool";

/** The program of Prometheus that checks figures; null where there is none. `LASTGOOD_PROMTOOL` names one. */
export function findPromtool(): string | null {
  const named = process.env.LASTGOOD_PROMTOOL;
  if (named) return named;
  return existsSync(DEBIAN) ? DEBIAN : null;
}

/** Runs it with a text on its standard input; answers its exit code and what it said. */
export async function runPromtool(args: readonly string[], input = ""): Promise<{ code: number; said: string }> {
  const program = findPromtool();
  if (program === null)
    throw new Error("install it as root (apt-get install prometheus), or name it with LASTGOOD_PROMTOOL");
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()));
  child.stdin.end(input);
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}
