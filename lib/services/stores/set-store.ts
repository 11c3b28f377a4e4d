import { randomUUID } from "node:crypto";
import type { StoreBody, StoreView } from "../../client/store-types.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askLocalAgent } from "../agents/ask-agent.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { requireAllowedAddress } from "../egress/check-target.ts";
import { authorise, perform } from "../perform.ts";
import { getStore } from "./get-store.ts";
import { findCurrentStore, readBackupStore, type StoreSettings, sealStoreSecret } from "./read-backup-store.ts";

type OfNamespace = { namespace: string };
const TRY_TIMEOUT_MS = 60_000;

/**
 * Has new backups of a namespace go to a bucket from now on. A small object is written, read and removed there first: what does
 * not work is not saved. Backups that were made stay where they are, and are read from there. Throws `address_refused`,
 * `storage_unavailable` with what the bucket answered, and `confirmation_needed`.
 */
export async function setStore(ctx: CallContext, { namespace, ...body }: OfNamespace & StoreBody): Promise<StoreView> {
  await requireConfirmed(ctx);
  const settings = await tryStore(ctx, { namespace, ...body });
  await perform(ctx, "store.change", { namespace }, async ({ db, principal, note }) => {
    const namespaceId = principal.namespace.id;
    const { secretAccessKey, ...facts } = settings;
    const before = await findCurrentStore(db, namespaceId);
    const id = randomUUID();
    note({ kind: "store", id }, { before: before?.bucket ?? "disk", after: facts.bucket, endpoint: facts.endpoint });
    await retireStores(db, namespaceId);
    await db.backupStore.create({
      data: {
        id,
        namespaceId,
        kind: "s3",
        ...facts,
        secretSealed: sealStoreSecret(id, secretAccessKey),
        createdAtMs: nowMs(),
        createdBy: principal.name,
      },
    });
  });
  return getStore(ctx, { namespace });
}

/** Has new backups lie on the agent's own disk again; those in buckets stay there. */
export async function keepOnDisk(ctx: CallContext, { namespace }: OfNamespace): Promise<StoreView> {
  await perform(ctx, "store.change", { namespace }, async ({ db, principal, note }) => {
    await requireConfirmed(ctx, db);
    const before = await findCurrentStore(db, principal.namespace.id);
    note({ kind: "store", id: before?.id ?? "disk" }, { before: before?.bucket ?? "disk", after: "disk" });
    await retireStores(db, principal.namespace.id);
  });
  return getStore(ctx, { namespace });
}

/** Writes, reads and removes a small object in a bucket, and saves nothing. Throws as `setStore` does. */
export async function testStore(ctx: CallContext, input: OfNamespace & StoreBody): Promise<null> {
  await tryStore(ctx, input);
  return null;
}

async function tryStore(ctx: CallContext, { namespace, ...body }: OfNamespace & StoreBody): Promise<StoreSettings> {
  const settings = await authorise(ctx, "store.change", { namespace }, (db, principal) =>
    complete(db, principal.namespace.id, body),
  );
  if (settings.endpoint !== "") await requireAllowedAddress(settings.endpoint, { field: "endpoint" });
  await askLocalAgent("tryStore", settings, TRY_TIMEOUT_MS);
  return settings;
}

/** A secret is only taken over for the very server and access key that it was given for: it must not be sent elsewhere. */
async function complete(db: MetadataReader, namespaceId: string, body: StoreBody): Promise<StoreSettings> {
  const settings = {
    endpoint: body.endpoint ?? "",
    region: body.region,
    bucket: body.bucket,
    prefix: withSlash(body.prefix ?? ""),
    pathStyle: body.pathStyle ?? false,
    accessKeyId: body.accessKeyId,
  };
  if (body.secretAccessKey) return { ...settings, secretAccessKey: body.secretAccessKey };
  const present = await findCurrentStore(db, namespaceId);
  const isSame = present?.endpoint === settings.endpoint && present.accessKeyId === settings.accessKeyId;
  if (present && isSame) {
    return { ...settings, secretAccessKey: (await readBackupStore(present.id, metadata())).secretAccessKey };
  }
  throw new LastgoodError("invalid_input", "The secret access key is missing.", {
    field: "secretAccessKey",
    hint: "Give it: for another endpoint or access key the one that is kept is not used.",
  });
}

const withSlash = (prefix: string) => (prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`);

async function retireStores(db: Parameters<Parameters<typeof perform>[3]>[0]["db"], namespaceId: string) {
  await db.backupStore.updateMany({ where: { namespaceId, retiredAtMs: null }, data: { retiredAtMs: nowMs() } });
}
