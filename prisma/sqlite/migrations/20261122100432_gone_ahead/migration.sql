-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Job" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "databaseId" TEXT,
    "agentId" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "stage" TEXT,
    "progressDone" BIGINT NOT NULL DEFAULT 0,
    "progressTotal" BIGINT NOT NULL DEFAULT 0,
    "cancelAsked" BOOLEAN NOT NULL DEFAULT false,
    "goneAhead" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntilMs" BIGINT,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorHint" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    CONSTRAINT "Job_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);
INSERT INTO "new_Job" ("agentId", "attempts", "cancelAsked", "createdAtMs", "databaseId", "errorCode", "errorHint", "errorMessage", "finishedAtMs", "id", "kind", "leaseOwner", "leaseUntilMs", "payload", "progressDone", "progressTotal", "stage", "startedAtMs", "status", "version") SELECT "agentId", "attempts", "cancelAsked", "createdAtMs", "databaseId", "errorCode", "errorHint", "errorMessage", "finishedAtMs", "id", "kind", "leaseOwner", "leaseUntilMs", "payload", "progressDone", "progressTotal", "stage", "startedAtMs", "status", "version" FROM "Job";
DROP TABLE "Job";
ALTER TABLE "new_Job" RENAME TO "Job";
CREATE INDEX "Job_agentId_status_createdAtMs_idx" ON "Job"("agentId", "status", "createdAtMs");
CREATE INDEX "Job_databaseId_createdAtMs_idx" ON "Job"("databaseId", "createdAtMs");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
