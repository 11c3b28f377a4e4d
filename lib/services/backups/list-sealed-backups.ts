import { metadata } from "../../db/client.ts";
import { type BackupPlace, placeOf } from "./carry-out.ts";

/** A backup that is sealed; `isOpen` while it is being made, with the keys that its maker began with. */
export type SealedBackup = { id: string; place: BackupPlace; isOpen: boolean };

/** The backups of an agent's databases that are or will be sealed with one of the operator's keys, oldest first. */
export async function listSealedBackups(agentId: string): Promise<SealedBackup[]> {
  const rows = await metadata().backup.findMany({
    where: { database: { agentId }, encrypted: true, status: { in: ["running", "completed"] }, purgedAtMs: null },
    orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
  });
  return rows.map((row) => ({ id: row.id, place: placeOf(row), isOpen: row.status === "running" }));
}
