import { AsyncLocalStorage } from "node:async_hooks";
import { main } from "../../lib/cli/main.ts";
import type { Ran } from "./run-lastgood.ts";

/*
 * The command line within this process: all but the start of a process, which is most of what a call costs. What each call prints is
 * caught, also of several at once; those with another environment wait, since a process has one.
 */
const printing = new AsyncLocalStorage<Ran>();
let current = "";
let active = 0;
let idle: (() => void)[] = [];
let giveBack: (() => void) | null = null;

/** Calls a verb and answers how it ended and what it printed. It has no terminal and nothing to read. */
export async function runHere(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const wanted = JSON.stringify(env);
  while (active > 0 && current !== wanted) await new Promise<void>((resolve) => idle.push(resolve));
  current = wanted;
  if (active++ === 0) giveBack = take(env);
  const ran: Ran = { code: null, out: "", err: "" };
  try {
    ran.code = await printing.run(ran, () => main(args));
  } finally {
    active -= 1;
    if (active === 0) {
      giveBack?.();
      const waiting = idle;
      idle = [];
      for (const wake of waiting) wake();
    }
  }
  return ran;
}

/** Sets the environment and catches what is printed; answers what undoes that. */
function take(env: Readonly<Record<string, string>>): () => void {
  const outer = { ...process.env };
  const [out, err] = [process.stdout.write, process.stderr.write];
  const listening = process.stdout.listeners("error");
  Object.assign(process.env, env);
  process.stdout.write = catching("out", out);
  process.stderr.write = catching("err", err);
  return () => {
    process.stdout.write = out;
    process.stderr.write = err;
    // A process has one call; this one has many.
    for (const one of process.stdout.listeners("error")) {
      if (!listening.includes(one)) process.stdout.off("error", one as () => void);
    }
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, outer);
  };
}

function catching(name: "out" | "err", outer: typeof process.stdout.write): typeof process.stdout.write {
  return ((text: string | Uint8Array, ...rest: []) => {
    const ran = printing.getStore();
    if (!ran) return outer.call(name === "out" ? process.stdout : process.stderr, text, ...rest);
    ran[name] += String(text);
    return true;
  }) as typeof process.stdout.write;
}
