import { unreachable } from "../../domain/assert.ts";
import type { BackupManifest } from "../../domain/backup-manifest.ts";
import type { Bookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Engine, ProtectedDatabase, Run } from "../../engines/engine.ts";
import {
  type BackupOrder,
  completeBackup,
  isStillMaking,
  noteBackupMoment,
  noteNothingStored,
  startBackup,
} from "../../services/backups/carry-out.ts";
import type { CallContext } from "../../services/call-context.ts";
import { reachPoint } from "../../storage/reach-point.ts";
import type { Storage } from "../../storage/storage.ts";
import { putBody, putManifest, readManifest, removeBackup, verifyBody } from "../../storage/stored-backup.ts";
import type { BackupStores } from "../backup-stores.ts";
import { AgentStopping, isLeftForLater } from "../job-loop.ts";

export type BackupMeans = {
  engine: Engine;
  database(id: string): Promise<ProtectedDatabase>;
  stores: BackupStores;
  /** The job that this is, and the run of the agent that holds it. */
  jobId: string;
  holder: string;
  /** Whether the agent's own disk has room for what can wait; left out: it has. */
  hasRoom?(): boolean;
};

/** What the manifest of a portable backup calls its bytes: lib/engines/json/FORMAT.md. */
const DOCUMENT_FORMAT = "lastgood-document-1";

/** What is about to be stored. */
type BackupSource = {
  name: string;
  format: string;
  bookmark: string;
  timeMs: number;
  /** About how many bytes it will be; for the progress alone. */
  sizeBytes: number;
  body: AsyncIterable<Uint8Array>;
  /** What the manifest says besides; asked for when the last byte was taken. */
  facts(): Partial<BackupManifest>;
  /** Lets go of what was made for it. */
  discard?(): void;
};

/**
 * Makes a backup: stores it, reads it back whole, checks that it is what was stored and what its engine takes for a whole state, and
 * only then writes its manifest. Running it again after a crash is harmless: without a manifest it is begun anew. What ends badly
 * leaves nothing behind.
 */
export async function runBackup(ctx: CallContext, backupId: string, means: BackupMeans, run: Run): Promise<void> {
  const { stores, jobId, holder } = means;
  const order = await startBackup(backupId, stores.isSealing());
  if (!order) return;
  const storage = await stores.storageOf(order.place);
  try {
    const manifest = (await readManifest(storage, order.place.prefix)) ?? (await store(order, storage, means, run));
    reachPoint("backup.manifest-there");
    // Another run of an agent holds the job by now, or it was ended: nothing of it is this one's business any more.
    if (!(await completeBackup(ctx, { jobId, holder }, manifest)))
      throw new AgentStopping("the backup went to another");
  } catch (error) {
    if (!isLeftForLater(error, run)) await removeOwn(storage, order, means, run);
    throw error;
  }
}

async function store(order: BackupOrder, storage: Storage, means: BackupMeans, run: Run): Promise<BackupManifest> {
  const { prefix, storeId } = order.place;
  if (storeId === null && means.hasRoom?.() === false) {
    throw new LastgoodError("storage_full", "The agent's disk is full: no backup is stored on it.", {
      hint: "Make room, give it a larger disk budget on the page Storage, or keep backups in a bucket.",
    });
  }
  const db = await means.database(order.databaseId);
  const source = await openSource(order, db, means, run);
  const { signal } = run;
  run.progress("write", 0, source.sizeBytes);
  const counted = counting(source.body, signal, (done) =>
    run.progress("write", done, Math.max(done, source.sizeBytes)),
  );
  const body = await putBody(storage, prefix, source.name, counted, signal).finally(() => source.discard?.());
  reachPoint("backup.stored");
  if (body.rawBytes === 0) throw emptyBackup(db.name);
  const head = await verifyBody(
    storage,
    prefix,
    { body },
    (done) => run.progress("check", done, body.rawBytes),
    signal,
  );
  reachPoint("backup.checked");
  const image = order.kind === "physical" ? means.engine.images.describe(source.format, head, body.rawBytes) : {};
  const manifest: BackupManifest = {
    version: 1,
    backupId: order.backupId,
    key: order.key,
    databaseId: order.databaseId,
    databaseName: db.name,
    engine: db.engine,
    kind: order.kind,
    format: source.format,
    bookmark: source.bookmark,
    timeMs: source.timeMs,
    label: order.label,
    createdAtMs: order.createdAtMs,
    body,
    ...image,
    ...source.facts(),
  };
  await putManifest(storage, prefix, manifest);
  return manifest;
}

async function openSource(
  order: BackupOrder,
  db: ProtectedDatabase,
  { engine }: BackupMeans,
  run: Run,
): Promise<BackupSource> {
  const at = await chooseMoment(order, db, engine);
  switch (order.kind) {
    case "physical": {
      const image = await engine.images.read(db, at, run);
      return { ...image, name: "image", facts: () => ({}) };
    }
    case "portable": {
      const options = { excludeTables: order.excludeTables ?? [], schema: order.schemaName };
      const { tables, rows, ...document } = await engine.documents.write(db, at, options, run);
      const facts = { tables, rows, schema: order.schemaName, excludeTables: [...options.excludeTables] };
      return { ...document, name: "document.json.zst", format: DOCUMENT_FORMAT, facts: () => facts };
    }
    default:
      return unreachable(order.kind);
  }
}

/** The newest state, all that was acknowledged so far included; after a crash the one that was chosen then, if it is still there. */
async function chooseMoment(order: BackupOrder, db: ProtectedDatabase, engine: Engine): Promise<Bookmark> {
  const chosen = order.bookmark === null ? null : await findAgain(order.bookmark as Bookmark, db, engine);
  const moment = chosen ?? (await engine.current(db));
  if (!(await noteBackupMoment(order, moment))) throw new AgentStopping("the backup went to another");
  return moment.bookmark;
}

async function findAgain(bookmark: Bookmark, db: ProtectedDatabase, engine: Engine) {
  try {
    return await engine.resolve(db, { bookmark });
  } catch (error) {
    if (error instanceof LastgoodError && error.code !== "agent_unavailable") return null;
    throw error;
  }
}

async function* counting(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  report: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const piece of body) {
    signal.throwIfAborted();
    done += piece.length;
    report(done);
    yield piece;
  }
}

/**
 * What cannot be removed now is removed later (`queueBackupPurges`): nobody sees it without a manifest. One that another run has taken over
 * meanwhile, or that is complete although this run could not learn it, is not this run's to remove.
 */
async function removeOwn(
  storage: Storage,
  order: BackupOrder,
  { jobId, holder }: BackupMeans,
  run: Run,
): Promise<void> {
  const { backupId, place } = order;
  try {
    if (!(await isStillMaking({ backupId, jobId, holder }))) return;
    await removeBackup(storage, place.prefix);
    await noteNothingStored(backupId);
  } catch (error) {
    run.note?.(`What was stored of it could not be removed yet: ${error instanceof Error ? error.message : error}`);
  }
}

function emptyBackup(name: string): LastgoodError {
  return new LastgoodError("storage_damaged", `The backup of ${name} came out empty.`, {
    hint: "Nothing was kept of it. Look at the agent's log, and have the history verified.",
  });
}
