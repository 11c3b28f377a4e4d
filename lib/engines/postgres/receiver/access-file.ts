import { existsSync, readFileSync, rmSync } from "node:fs";
import { type ClusterConnection, clusterConnectionSchema } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";

/** Reads how Lastgood reaches a cluster; null where that is not known yet. Throws `internal`, without a word of what the file holds. */
export function readAccess(file: string): ClusterConnection | null {
  if (!existsSync(file)) return null;
  try {
    return clusterConnectionSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // The cause would quote the file, and with it the password.
    throw new LastgoodError("internal", `${file} is no connection of a cluster.`, {
      hint: "Restore that file from a copy of the data directory.",
    });
  }
}

/** Keeps how Lastgood reaches a cluster, for its own user alone. */
export function writeAccess(file: string, access: ClusterConnection): void {
  writeFileDurably(file, Buffer.from(JSON.stringify(clusterConnectionSchema.parse(access))));
}

export function removeAccess(file: string): void {
  rmSync(file, { force: true });
}
