import { readFileSync } from "node:fs";
import { LastgoodError } from "../../../domain/errors.ts";

/** The system's user that servers run as. */
export type ClusterUser = { uid: number; gid: number };

/**
 * PostgreSQL refuses to run as root: then its servers run as the user that distributions make for it, else as `nobody`.
 * Null: as whoever Lastgood runs as.
 */
export function clusterUser(): ClusterUser | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const line = users.find((user) => user.startsWith("postgres:")) ?? users.find((user) => user.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  throw new LastgoodError("not_supported", "There is no user that PostgreSQL could run as.", {
    hint: "Run Lastgood as a normal user, or make a user named postgres.",
  });
}
