import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../domain/errors.ts";
import type { Env } from "../env.ts";

const MIN_LENGTH = 32;
const hasCode = (error: unknown, code: string) => error instanceof Error && "code" in error && error.code === code;

/**
 * The secret that session cookies are encrypted with: LASTGOOD_SECRET, or `<data>/secret`, which the first start makes
 * (256 random bits, 0600). There is no built-in one. Of two processes that make it at once both get the same.
 */
export function loadSecret(env: Env): string {
  if (env.secret !== null) return env.secret;
  const file = env.paths.secret;
  const secret = readSecret(file) ?? makeSecret(file);
  if (secret.length < MIN_LENGTH) {
    throw new LastgoodError("internal", "The secret in the data directory is damaged.", {
      hint: `Remove ${file} and start again; everybody then signs in anew.`,
    });
  }
  return secret;
}

function readSecret(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
}

function makeSecret(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx", flush: true });
  try {
    chmodSync(draft, 0o600);
    linkSync(draft, file);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, "utf8").trim();
}
