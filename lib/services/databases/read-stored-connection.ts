import { metadata } from "../../db/client.ts";
import type { ClusterConnection } from "../../domain/cluster-connection.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireAllowedServer } from "../egress/check-server.ts";
import { openConnection } from "./cluster-connection.ts";

/**
 * The connection that people gave for a server that is to be attached, for the agent that owns it; where it leads is looked at once
 * more. Throws `attach_refused` where it cannot be opened, `address_refused`.
 */
export async function requireStoredConnection({ id, name }: { id: string; name: string }): Promise<ClusterConnection> {
  const row = await metadata().database.findUniqueOrThrow({ where: { id }, select: { id: true, connection: true } });
  const connection = openConnection(row);
  if (!connection) {
    throw new LastgoodError("attach_refused", `The connection of ${name} was sealed under another secret.`, {
      hint: "Attach the server again with its connection string.",
    });
  }
  await requireAllowedServer(connection);
  return connection;
}
