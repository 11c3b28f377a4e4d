import type pg from "pg";
import { LastgoodError } from "../domain/errors.ts";

const OLDEST_MAJOR = 15;
/** The first release of each major version without the known holes; newer majors begin above them. */
const SAFE_FROM: Readonly<Record<number, number>> = { 15: 18, 16: 14, 17: 10, 18: 4 };

type Server = { version: number; encoding: string; isStandby: boolean };

/** What a server's version means: null when all is well, else a warning. Throws `conflict` below PostgreSQL 15. */
export function judgeVersion(version: number): string | null {
  const [major, minor] = [Math.floor(version / 10_000), version % 10_000];
  if (major < OLDEST_MAJOR) {
    throw new LastgoodError(
      "conflict",
      `The metadata store is PostgreSQL ${major}; Lastgood needs ${OLDEST_MAJOR} or newer.`,
      {
        hint: "Upgrade that server, or use another one.",
      },
    );
  }
  const floor = SAFE_FROM[major];
  if (floor === undefined || minor >= floor) return null;
  return `PostgreSQL ${major}.${minor} has known security holes: upgrade the metadata store to ${major}.${floor} or newer.`;
}

/** Looks at a server before it is used. Answers warnings; throws `conflict` for one that cannot hold the metadata. */
export async function checkPostgres(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<Server>(
    `SELECT current_setting('server_version_num')::int AS "version", current_setting('server_encoding') AS "encoding",
       pg_is_in_recovery() AS "isStandby"`,
  );
  const [server] = rows;
  if (!server) throw new Error("a server tells its version");
  const warning = judgeVersion(server.version);
  if (server.encoding !== "UTF8") {
    throw new LastgoodError("conflict", `The metadata store's encoding is ${server.encoding}.`, {
      hint: "Make its database anew with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
    });
  }
  if (server.isStandby) {
    throw new LastgoodError("conflict", "The metadata store is a standby, which cannot be written.", {
      hint: "Let DATABASE_URL name the primary.",
    });
  }
  return warning === null ? [] : [warning];
}
