import type { BackupDownload } from "../services/backups/download-backup.ts";
import { streamFile } from "./stream-file.ts";

/** What `downloadBackup` gives. */
export const BACKUP_TYPES = ["application/vnd.sqlite3", "application/x-tar", "application/json"] as const;

/** Answers with what a backup holds, or with the part of it that is asked for; its tag is the sum of its bytes. */
export function streamBackup(request: Request, download: BackupDownload): Promise<Response> {
  const { fileName, contentType, sha256, sizeBytes, open } = download;
  return streamFile(request, {
    name: fileName,
    tag: sha256,
    sizeBytes,
    open,
    headers: { "content-type": contentType, "x-lastgood-sha256": sha256 },
  });
}
