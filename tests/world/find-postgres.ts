import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

const DEBIAN = "/usr/lib/postgresql";
const OLDEST_MAJOR = 15;

/** The folder of PostgreSQL's server programs, newest version first; null where there are none. `LASTGOOD_POSTGRES` names one. */
export function findPostgres(): string | null {
  const named = process.env.LASTGOOD_POSTGRES;
  if (named) return named;
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .map(Number)
        .filter((major) => major >= OLDEST_MAJOR)
    : [];
  const folders = [
    ...versions.sort((a, b) => b - a).map((major) => path.join(DEBIAN, String(major), "bin")),
    ...(process.env.PATH ?? "").split(path.delimiter),
  ];
  return folders.find((folder) => existsSync(path.join(folder, "initdb"))) ?? null;
}
