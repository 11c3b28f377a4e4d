import { readFileSync } from "node:fs";
import path from "node:path";
import type { BackupManifest } from "../../domain/backup-manifest.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readImageHeader } from "../../engines/sqlite/images/image-header.ts";
import { checkImage } from "../../engines/sqlite/offline/check-image.ts";
import { writeNewFile } from "../../engines/sqlite/offline/new-file.ts";
import { type BackupFolder, openBackupFolder } from "../../storage/backup-folder.ts";
import { disk } from "../../storage/disk.ts";
import { parseKeyRing } from "../../storage/key-ring.ts";
import { readBackupBody, verifyBody } from "../../storage/stored-backup.ts";
import { EXIT } from "../command.ts";
import type { Output } from "../output.ts";
import { toInstant, toSize } from "../stored-history-lines.ts";

export type OfflineBackup = {
  /** The folder of one backup, and the file with the operator's keys. */
  folder: string;
  keys: string | undefined;
  verify: boolean;
  file: string | undefined;
  /** Whether SQLite is asked for its integrity check. */
  check: boolean;
  signal: AbortSignal;
};

/** `restore-offline --backup`: tells what a backup is, reads it whole, or unpacks it into a new file. */
export async function restoreBackupOffline(asked: OfflineBackup, output: Output): Promise<number> {
  const folder = path.resolve(asked.folder);
  const backup = await openBackupFolder(folder, asked.keys === undefined ? null : readKeys(asked.keys));
  const { manifest, isSealed } = backup;
  if (asked.file !== undefined) return unpack(backup, path.resolve(asked.file), asked, output);
  if (asked.verify) await verify(backup, asked.signal, output);
  output.answer({ ok: true, folder, sealed: isSealed, verified: asked.verify, ...tell(manifest) }, () => [
    ...toLines(manifest, isSealed),
    ...(asked.verify ? ["read whole: it is what was stored"] : []),
  ]);
  return EXIT.ok;
}

async function verify({ storage, prefix, manifest }: BackupFolder, signal: AbortSignal, output: Output): Promise<void> {
  const { rawBytes } = manifest.body;
  const report = (done: number) => output.progress("reading", done, rawBytes);
  const head = await verifyBody(storage, prefix, manifest, report, signal);
  if (manifest.kind === "physical") readImageHeader(manifest.format, head, rawBytes);
}

async function unpack(
  { storage, prefix, manifest, isSealed }: BackupFolder,
  target: string,
  { check, signal }: OfflineBackup,
  output: Output,
): Promise<number> {
  const { rawBytes, sha256 } = manifest.body;
  const isImage = manifest.kind === "physical";
  const integrity = await writeNewFile(target, rawBytes, async (draft) => {
    const fd = disk.openSync(draft, "r+");
    try {
      let done = 0;
      for await (const piece of readBackupBody(storage, prefix, manifest)) {
        signal.throwIfAborted();
        for (let at = 0; at < piece.length; ) at += disk.writeSync(fd, piece, at, piece.length - at, done + at);
        done += piece.length;
        output.progress("writing", done, rawBytes);
      }
      disk.fsyncSync(fd);
    } finally {
      disk.closeSync(fd);
    }
    return isImage && check
      ? checkImage(draft, signal, (done, total) => output.progress("checking", done, total))
      : null;
  });
  const isSound = integrity === null || integrity.every((line) => line === "ok");
  output.answer({ ok: isSound, output: target, sealed: isSealed, integrity, ...tell(manifest) }, () => [
    `${target} is ${isImage ? "the database" : "the document"} of ${manifest.key}`,
    ...toLines(manifest, isSealed),
    `${toSize(rawBytes)} written, sha256 ${sha256} as stored`,
    ...(integrity === null ? [] : [`SQLite's integrity check: ${integrity.join("; ")}`]),
  ]);
  return isSound ? EXIT.ok : EXIT.damaged;
}

function tell({ body: { frames: _, ...body }, ...manifest }: BackupManifest) {
  return { manifest: { ...manifest, body } };
}

function toLines(
  { databaseName, kind, key, label, bookmark, timeMs, body }: BackupManifest,
  isSealed: boolean,
): string[] {
  return [
    `backup     ${key}`,
    `of         ${databaseName}, ${kind}${isSealed ? ", sealed" : ""}`,
    ...(label === null ? [] : [`label      ${label}`]),
    `state      ${bookmark} of ${toInstant(timeMs)}`,
    `size       ${toSize(body.rawBytes)}, stored as ${toSize(body.sizeBytes)}`,
  ];
}

function readKeys(file: string) {
  try {
    return parseKeyRing(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof LastgoodError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new LastgoodError("storage_key_missing", `The keys cannot be read: ${why}`, {
      hint: "Name the file that LASTGOOD_STORAGE_KEYS named when the backup was made.",
    });
  }
}
