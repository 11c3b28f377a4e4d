import { metadata } from "../../db/client.ts";
import { type BackupPlace, placeOf } from "./carry-out.ts";

/** The complete backups of an agent's databases that are sealed with one of the operator's keys, oldest first. */
export async function listSealedBackups(agentId: string): Promise<{ id: string; place: BackupPlace }[]> {
  const rows = await metadata().backup.findMany({
    where: { database: { agentId }, encrypted: true, status: "completed", purgedAtMs: null },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
  });
  return rows.map((row) => ({ id: row.id, place: placeOf(row) }));
}
