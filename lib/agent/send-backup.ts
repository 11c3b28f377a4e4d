import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { LastgoodError } from "../domain/errors.ts";
import { findVerifiableBackup } from "../services/backups/verify-backup.ts";
import { readBackupBody, readManifest } from "../storage/stored-backup.ts";
import type { BackupStores } from "./backup-stores.ts";

const NAME = /^\/backups\/([0-9a-f-]{36})$/;

/**
 * Streams what a backup holds, unpacked, or the part of it that `range: bytes=<first>-<last>` names; of a part only the frames that hold
 * it are read. False when the call is about something else. Throws before the first byte as stores do; later the
 * connection breaks off.
 */
export async function sendBackup(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stores: BackupStores,
): Promise<boolean> {
  const id = incoming.method === "GET" ? NAME.exec(incoming.url ?? "")?.[1] : undefined;
  if (id === undefined) return false;
  const stored = await findVerifiableBackup(id);
  if (!stored) throw new LastgoodError("not_found", "There is no such backup any more.", { hint: "List the backups." });
  const { prefix } = stored.place;
  const storage = await stores.storageOf(stored.place);
  const manifest = await readManifest(storage, prefix);
  if (!manifest || manifest.body.sha256 !== stored.sha256) {
    throw new LastgoodError("storage_damaged", "The backup is not where it was stored any more.", {
      hint: "Use another backup, and look at the disk or bucket that this one lies on.",
    });
  }
  const { rawBytes } = manifest.body;
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? "") ?? [];
  const start = Number(first ?? 0);
  const end = Number(last ?? rawBytes - 1);
  if (start > end || end >= rawBytes) throw new LastgoodError("range_not_satisfiable", "The backup ends before that.");
  const length = end - start + 1;
  const range = length === rawBytes ? null : { start, length };
  const body = readBackupBody(storage, prefix, manifest, range)[Symbol.asyncIterator]();
  // The first bytes are fetched before anything is answered: so what cannot be read is told in words.
  const beginning = await body.next();
  outgoing.writeHead(200, { "content-length": length });
  const bytes = Readable.from(goOn(beginning, body), { objectMode: false });
  // Whoever went away in the middle is not waited for; damage that shows later ends the answer too early, which its reader notices.
  await pipeline(bytes, outgoing).catch(() => outgoing.destroy());
  return true;
}

async function* goOn(
  beginning: IteratorResult<Uint8Array>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    for (let next = beginning; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
