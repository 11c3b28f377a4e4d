import type { BucketView, StoreView } from "../../client/store-types.ts";
import type { MetadataReader } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askLocalAgent } from "../agents/ask-agent.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import type { BackupStoreRow } from "./read-backup-store.ts";

/** Where the backups of a namespace go and have gone. The secrets of buckets are never answered. */
export async function getStore(ctx: CallContext, { namespace }: { namespace: string }): Promise<StoreView> {
  const known = await perform(ctx, "store.read", { namespace }, ({ db, principal }) =>
    readStores(db, principal.namespace.id),
  );
  return { ...known, sealing: await askSealing() };
}

async function readStores(db: MetadataReader, namespaceId: string): Promise<Omit<StoreView, "sealing">> {
  const rows = await db.backupStore.findMany({
    where: { namespaceId },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
  });
  const counts = await db.backup.groupBy({
    by: ["storeId"],
    where: { namespaceId, status: "completed", purgedAtMs: null },
    _count: { id: true },
  });
  const countOf = (storeId: string | null) => counts.find((one) => one.storeId === storeId)?._count.id ?? 0;
  const current = rows.find(({ retiredAtMs }) => retiredAtMs === null) ?? null;
  return {
    bucket: current && toBucketView(current, countOf(current.id)),
    former: rows.flatMap((row) =>
      row.retiredAtMs === null || countOf(row.id) === 0 ? [] : [toBucketView(row, countOf(row.id))],
    ),
    backupsOnDisk: countOf(null),
  };
}

function toBucketView(row: BackupStoreRow, backups: number): BucketView {
  const { id, endpoint, region, bucket, prefix, pathStyle, accessKeyId, createdBy } = row;
  const createdAtMs = Number(row.createdAtMs);
  return {
    id,
    endpoint,
    region,
    bucket,
    prefix,
    pathStyle,
    accessKeyId,
    createdAtMs,
    createdByName: createdBy,
    backups,
  };
}

async function askSealing(): Promise<StoreView["sealing"]> {
  try {
    return await askLocalAgent("sealing", {}, 5000);
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "agent_unavailable") return null;
    throw error;
  }
}
