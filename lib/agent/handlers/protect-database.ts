import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { OwnedEngine, ProtectSource } from "../../engines/owned-engine.ts";
import { requireStoredConnection } from "../../services/databases/read-stored-connection.ts";
import { setDatabaseState } from "../../services/databases/set-database-state.ts";
import type { ProtectHow } from "../../services/jobs/job-kinds.ts";
import { startSampleShop } from "../sample/start-sample-shop.ts";

export type ProtectOrder = { how: ProtectHow; uploadId?: string | undefined };

/**
 * Puts a database under protection; the job's row is what makes it active or failed in the end. `resume`: it was deleted and
 * brought back, so its file is there and its history is gone on with.
 */
export async function protectDatabase(
  db: ProtectedDatabase,
  { how, uploadId }: ProtectOrder,
  {
    engine,
    agentId,
    uploads,
    shops,
  }: { engine: OwnedEngine; agentId: string; uploads: string; shops: Set<ChildProcess> },
  run: Run,
): Promise<void> {
  if (how === "sample") await openShop(db.path, shops);
  const upload = uploadId ? path.join(uploads, `${uploadId}.upload`) : null;
  const made = await engine.protect(db, await sourceOf(db, how, upload), run);
  await setDatabaseState(agentId, db.id, { state: "active", problem: null, ...made });
  if (upload) await rm(upload, { force: true });
}

async function sourceOf(db: ProtectedDatabase, how: ProtectHow, upload: string | null): Promise<ProtectSource> {
  if (upload !== null) return { kind: "upload", file: upload };
  if (how === "connect") return { kind: "connection", connection: await requireStoredConnection(db) };
  return { kind: how === "hosted" ? "empty" : "existing" };
}

/** The sample's own program writes for ten minutes; it ends with this agent at the latest. */
async function openShop(file: string, shops: Set<ChildProcess>): Promise<void> {
  const shop = await startSampleShop(file);
  shops.add(shop);
  shop.once("exit", () => shops.delete(shop));
}
