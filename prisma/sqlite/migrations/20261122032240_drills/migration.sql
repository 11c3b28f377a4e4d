-- CreateTable
CREATE TABLE "DrillPlan" (
    "databaseId" TEXT NOT NULL PRIMARY KEY,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "cron" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "aims" TEXT NOT NULL,
    "assertions" TEXT NOT NULL,
    "decidedToMs" BIGINT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT,
    CONSTRAINT "DrillPlan_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Drill" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "databaseId" TEXT NOT NULL,
    "jobId" TEXT,
    "trigger" TEXT NOT NULL,
    "aims" TEXT NOT NULL,
    "assertions" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "moments" TEXT,
    "recoveryMs" BIGINT,
    "provenTimeMs" BIGINT,
    "sizeBytes" BIGINT,
    "receipt" TEXT,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorHint" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "createdByName" TEXT,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    "evidenceUntilMs" BIGINT,
    CONSTRAINT "Drill_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Drill_databaseId_createdAtMs_idx" ON "Drill"("databaseId", "createdAtMs");
