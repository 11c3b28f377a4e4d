import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { LastgoodError } from "../../domain/errors.ts";

/** A console, and who asks it. */
export type Profile = { url: string; token: string; namespace: string; database?: string; zone?: string };
export type Profiles = { current: string | null; profiles: Readonly<Record<string, Profile>> };

/** Where the profiles are: LASTGOOD_CONFIG, else `lastgood/profiles.json` in XDG's folder for configuration. */
export function profilesPath(): string {
  const { LASTGOOD_CONFIG, XDG_CONFIG_HOME } = process.env;
  if (LASTGOOD_CONFIG) return path.resolve(LASTGOOD_CONFIG);
  const folder =
    XDG_CONFIG_HOME && path.isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : path.join(homedir(), ".config");
  return path.join(folder, "lastgood", "profiles.json");
}

/** What is kept; nothing where there is no file. Refuses one that others can read: it holds tokens. */
export function readProfiles(file: string): Profiles {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { current: null, profiles: {} };
    throw error;
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new LastgoodError("forbidden", `${file} holds API tokens and can be read by other users of this machine.`, {
      hint: `chmod 600 ${file}, and revoke its tokens if somebody else may have read them.`,
    });
  }
  return parseProfiles(file, text);
}

function parseProfiles(file: string, text: string): Profiles {
  const broken = (cause?: unknown) =>
    new LastgoodError(
      "invalid_input",
      `${file} is no list of profiles.`,
      { hint: "Mend it, or move it away and add the profiles again with lastgood profiles add." },
      { cause },
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken(cause);
  }
  if (typeof value !== "object" || value === null || !("profiles" in value)) throw broken();
  const { current, profiles } = value as { current?: unknown; profiles: unknown };
  if (typeof profiles !== "object" || profiles === null) throw broken();
  if (!Object.values(profiles).every(isProfile)) throw broken();
  return { current: typeof current === "string" ? current : null, profiles: profiles as Profiles["profiles"] };
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== "object" || value === null) return false;
  const { url, token, namespace } = value as Record<string, unknown>;
  return [url, token, namespace].every((one) => typeof one === "string");
}

/** Replaces the file by one that only this user can read. */
export function writeProfiles(file: string, profiles: Profiles): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600, flag: "wx", flush: true });
  chmodSync(draft, 0o600);
  renameSync(draft, file);
}
