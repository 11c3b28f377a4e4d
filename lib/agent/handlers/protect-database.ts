import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";
import type { ProtectedDatabase, Run } from "../../engines/engine.ts";
import type { OwnedEngine } from "../../engines/owned-engine.ts";
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
  const source = upload
    ? { kind: "upload" as const, file: upload }
    : { kind: how === "hosted" ? ("empty" as const) : ("existing" as const) };
  const { restoreWay } = await engine.protect(db, source, run);
  await setDatabaseState(agentId, db.id, { state: "active", problem: null, restoreWay });
  if (upload) await rm(upload, { force: true });
}

/** The sample's own program writes for ten minutes; it ends with this agent at the latest. */
async function openShop(file: string, shops: Set<ChildProcess>): Promise<void> {
  const shop = await startSampleShop(file);
  shops.add(shop);
  shop.once("exit", () => shops.delete(shop));
}
