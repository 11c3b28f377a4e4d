import { type ClusterConnection, clusterConnectionSchema } from "../../domain/cluster-connection.ts";
import { openSealedText, sealText } from "../seal-text.ts";

const boundTo = (databaseId: string) => ({ purpose: "cluster connections", owner: databaseId });

/** A connection as it stands in its database's row. */
export function sealConnection(databaseId: string, connection: ClusterConnection): string {
  return sealText(boundTo(databaseId), JSON.stringify(connection));
}

/** The connection again; null where there is none, or where it was sealed for another row or under another secret. */
export function openConnection({
  id,
  connection,
}: {
  id: string;
  connection: string | null;
}): ClusterConnection | null {
  const text = connection === null ? null : openSealedText(boundTo(id), connection);
  return text === null ? null : clusterConnectionSchema.parse(JSON.parse(text));
}
