import { readFileSync, statSync, writeFileSync } from "node:fs";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import { readEnv } from "../../../../lib/env.ts";
import { loadSecret } from "../../../../lib/services/load-secret.ts";

const refuses = (run: () => unknown): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof LastgoodError) return true;
    throw error;
  }
};

/** Case 18: there is no built-in secret: each installation makes its own and keeps it, and weak ones are refused. */
export async function attack(folder: string): Promise<string | null> {
  const envOf = (name: string, more: Record<string, string> = {}) =>
    readEnv({ NODE_ENV: "production", LASTGOOD_DATA: `${folder}/${name}`, ...more });
  const [one, two] = [loadSecret(envOf("one")), loadSecret(envOf("two"))];
  if (one === two || one.length < 43) return "two installations share a secret, or it is short";
  if (loadSecret(envOf("one")) !== one || readFileSync(`${folder}/one/secret`, "utf8").trim() !== one)
    return "it is not kept";
  if ((statSync(`${folder}/one/secret`).mode & 0o077) !== 0) return "others may read it";
  for (const weak of ["secret", "changeme", "x".repeat(31)]) {
    if (!refuses(() => envOf("three", { LASTGOOD_SECRET: weak }))) return `"${weak}" was taken`;
  }
  writeFileSync(`${folder}/two/secret`, "cut\n");
  return refuses(() => loadSecret(envOf("two"))) ? null : "a damaged secret was taken";
}
