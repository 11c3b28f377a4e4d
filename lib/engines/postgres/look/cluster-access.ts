import { readFileSync } from "node:fs";
import { type ClusterConnection, clusterConnectionSchema } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { ProtectedDatabase } from "../../engine.ts";
import type { PostgresContext } from "../postgres-context.ts";

/** The database that hosted clusters are made with, for their applications. */
const OF_APPLICATIONS = "app";

/** How Lastgood itself reaches a cluster. Throws `not_protected` where that is not known. */
export function accessOf(context: PostgresContext, db: ProtectedDatabase): ClusterConnection {
  try {
    return clusterConnectionSchema.parse(JSON.parse(readFileSync(context.places(db).access, "utf8")));
  } catch {
    // Neither the cause nor a part of the file may be told: it holds a password.
    throw new LastgoodError("not_protected", `How to reach ${db.name} is not written down.`, {
      hint: "Protect it again with its connection.",
    });
  }
}

/** The database of a cluster that people look at: what Lastgood made for them, or what they named. */
export function preferredDatabase(context: PostgresContext, db: ProtectedDatabase): string {
  return db.origin === "hosted" ? OF_APPLICATIONS : accessOf(context, db).database;
}
