-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Restore" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "databaseId" TEXT NOT NULL,
    "jobId" TEXT,
    "openKey" TEXT,
    "idempotencyKey" TEXT,
    "requestDigest" TEXT,
    "targetKind" TEXT NOT NULL,
    "sourceKind" TEXT NOT NULL,
    "askedMs" BIGINT,
    "restorePointId" TEXT,
    "backupId" TEXT,
    "toBookmark" TEXT NOT NULL,
    "toTimeMs" BIGINT NOT NULL,
    "previousBookmark" TEXT,
    "previousTimeMs" BIGINT,
    "reachedBookmark" TEXT,
    "reachedTimeMs" BIGINT,
    "restoreBookmark" TEXT,
    "undoOf" TEXT,
    "reason" TEXT,
    "planDigest" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "stage" TEXT,
    "pages" INTEGER,
    "timings" TEXT,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorHint" TEXT,
    "requestedBy" TEXT,
    "requestedByName" TEXT,
    "approvalId" TEXT,
    "targetDatabaseId" TEXT,
    "targetName" TEXT,
    "ttlHours" INTEGER,
    "sourceDatabaseId" TEXT,
    "selection" TEXT,
    "summary" TEXT,
    "fenceSeconds" INTEGER,
    "runHooks" BOOLEAN NOT NULL DEFAULT false,
    "amcheck" BOOLEAN NOT NULL DEFAULT false,
    "checks" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    CONSTRAINT "Restore_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
INSERT INTO "new_Restore" ("approvalId", "askedMs", "backupId", "createdAtMs", "databaseId", "errorCode", "errorHint", "errorMessage", "fenceSeconds", "finishedAtMs", "id", "idempotencyKey", "jobId", "openKey", "pages", "planDigest", "previousBookmark", "previousTimeMs", "reachedBookmark", "reachedTimeMs", "reason", "requestDigest", "requestedBy", "requestedByName", "restoreBookmark", "restorePointId", "runHooks", "selection", "sourceDatabaseId", "sourceKind", "stage", "startedAtMs", "status", "summary", "targetDatabaseId", "targetKind", "targetName", "timings", "toBookmark", "toTimeMs", "ttlHours", "undoOf") SELECT "approvalId", "askedMs", "backupId", "createdAtMs", "databaseId", "errorCode", "errorHint", "errorMessage", "fenceSeconds", "finishedAtMs", "id", "idempotencyKey", "jobId", "openKey", "pages", "planDigest", "previousBookmark", "previousTimeMs", "reachedBookmark", "reachedTimeMs", "reason", "requestDigest", "requestedBy", "requestedByName", "restoreBookmark", "restorePointId", "runHooks", "selection", "sourceDatabaseId", "sourceKind", "stage", "startedAtMs", "status", "summary", "targetDatabaseId", "targetKind", "targetName", "timings", "toBookmark", "toTimeMs", "ttlHours", "undoOf" FROM "Restore";
DROP TABLE "Restore";
ALTER TABLE "new_Restore" RENAME TO "Restore";
CREATE UNIQUE INDEX "Restore_openKey_key" ON "Restore"("openKey");
CREATE INDEX "Restore_databaseId_createdAtMs_idx" ON "Restore"("databaseId", "createdAtMs");
CREATE UNIQUE INDEX "Restore_databaseId_idempotencyKey_key" ON "Restore"("databaseId", "idempotencyKey");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
