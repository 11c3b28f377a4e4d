-- AlterTable
ALTER TABLE "Namespace" ADD COLUMN "tier" TEXT;

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Database" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "nameKey" TEXT,
    "engine" TEXT NOT NULL,
    "origin" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "parentId" TEXT,
    "region" TEXT NOT NULL,
    "agentId" TEXT NOT NULL,
    "agentEpoch" INTEGER NOT NULL DEFAULT 0,
    "path" TEXT NOT NULL,
    "windowDays" INTEGER NOT NULL DEFAULT 30,
    "connection" TEXT,
    "zeroLoss" BOOLEAN NOT NULL DEFAULT false,
    "serverVersion" INTEGER,
    "restoreWay" TEXT,
    "state" TEXT NOT NULL,
    "problem" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "deletedAtMs" BIGINT,
    "deletedBy" TEXT,
    "purgeAfterMs" BIGINT,
    "purgedAtMs" BIGINT,
    "lastRestoreId" TEXT,
    "nextWindowDays" INTEGER,
    "nextWindowAtMs" BIGINT,
    "expiresAtMs" BIGINT,
    "sourceTimeMs" BIGINT,
    "previewLimit" INTEGER,
    "maxBackups" INTEGER,
    CONSTRAINT "Database_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
INSERT INTO "new_Database" ("agentEpoch", "agentId", "createdAtMs", "createdBy", "deletedAtMs", "deletedBy", "engine", "expiresAtMs", "id", "kind", "lastRestoreId", "maxBackups", "name", "nameKey", "namespaceId", "nextWindowAtMs", "nextWindowDays", "origin", "parentId", "path", "previewLimit", "problem", "purgeAfterMs", "purgedAtMs", "region", "restoreWay", "sourceTimeMs", "state", "windowDays") SELECT "agentEpoch", "agentId", "createdAtMs", "createdBy", "deletedAtMs", "deletedBy", "engine", "expiresAtMs", "id", "kind", "lastRestoreId", "maxBackups", "name", "nameKey", "namespaceId", "nextWindowAtMs", "nextWindowDays", "origin", "parentId", "path", "previewLimit", "problem", "purgeAfterMs", "purgedAtMs", "region", "restoreWay", "sourceTimeMs", "state", "windowDays" FROM "Database";
DROP TABLE "Database";
ALTER TABLE "new_Database" RENAME TO "Database";
CREATE INDEX "Database_namespaceId_createdAtMs_idx" ON "Database"("namespaceId", "createdAtMs");
CREATE UNIQUE INDEX "Database_namespaceId_nameKey_key" ON "Database"("namespaceId", "nameKey");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
