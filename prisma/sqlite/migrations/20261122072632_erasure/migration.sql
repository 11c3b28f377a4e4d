-- CreateTable
CREATE TABLE "Erasure" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "databaseId" TEXT NOT NULL,
    "jobId" TEXT,
    "openKey" TEXT,
    "beforeMs" BIGINT NOT NULL,
    "bookmark" TEXT NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "includeBackups" BOOLEAN NOT NULL DEFAULT false,
    "plan" TEXT NOT NULL,
    "reason" TEXT,
    "approvalId" TEXT,
    "status" TEXT NOT NULL,
    "runAfterMs" BIGINT NOT NULL,
    "requestedBy" TEXT,
    "requestedByName" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    "removedBytes" BIGINT,
    "removedBackups" INTEGER,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorHint" TEXT,
    CONSTRAINT "Erasure_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "Erasure_openKey_key" ON "Erasure"("openKey");

-- CreateIndex
CREATE INDEX "Erasure_databaseId_createdAtMs_idx" ON "Erasure"("databaseId", "createdAtMs");
