/**
 * Points of backups and of portable documents, which the runs that kill at points of capture do not come to: `document.*` are killed
 * at by `tests/crash/killed-documents.test.ts`, as are those of the one commit that it makes (`one-commit-points.ts`).
 */
export const DOCUMENT_POINTS = [
  "document.staged",
  "document.chunk-staged",
  "document.table-emptied",
  "document.chunk-written",
  "document.checked",
] as const;

/** While a backup is made (`tests/integration/backups/killed-backups.test.ts`), and while an object is put into a folder. */
export const BACKUP_POINTS = [
  "image.chunk-given",
  "object.written",
  "object.renamed",
  "backup.stored",
  "backup.checked",
  "backup.manifest-there",
] as const;
