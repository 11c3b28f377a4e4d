-- CreateTable
CREATE TABLE "Alarm" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "databaseId" TEXT,
    "agentId" TEXT,
    "kind" TEXT NOT NULL,
    "openKey" TEXT,
    "state" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "remedy" TEXT NOT NULL,
    "figures" TEXT NOT NULL,
    "sinceMs" BIGINT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "acknowledgedAtMs" BIGINT,
    "acknowledgedBy" TEXT,
    "acknowledgedByName" TEXT,
    "note" TEXT,
    "resolvedAtMs" BIGINT,
    "resolvedBy" TEXT,
    "resolvedByName" TEXT,
    "reason" TEXT,
    "version" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "Alarm_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Alarm_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AlarmMail" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "alarms" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntilMs" BIGINT,
    "error" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,
    CONSTRAINT "AlarmMail_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AlarmSettings" (
    "namespaceId" TEXT NOT NULL PRIMARY KEY,
    "toAdmins" BOOLEAN NOT NULL DEFAULT true,
    "recipients" TEXT NOT NULL,
    "massDeleteRows" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT,
    CONSTRAINT "AlarmSettings_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Agent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "region" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seenAtMs" BIGINT NOT NULL,
    "aliveAtMs" BIGINT NOT NULL DEFAULT 0,
    "socketPath" TEXT NOT NULL
);
INSERT INTO "new_Agent" ("epoch", "id", "region", "seenAtMs", "socketPath") SELECT "epoch", "id", "region", "seenAtMs", "socketPath" FROM "Agent";
DROP TABLE "Agent";
ALTER TABLE "new_Agent" RENAME TO "Agent";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE UNIQUE INDEX "Alarm_openKey_key" ON "Alarm"("openKey");

-- CreateIndex
CREATE INDEX "Alarm_namespaceId_createdAtMs_idx" ON "Alarm"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Alarm_namespaceId_state_idx" ON "Alarm"("namespaceId", "state");

-- CreateIndex
CREATE INDEX "AlarmMail_status_nextAtMs_idx" ON "AlarmMail"("status", "nextAtMs");

-- CreateIndex
CREATE INDEX "AlarmMail_namespaceId_createdAtMs_idx" ON "AlarmMail"("namespaceId", "createdAtMs");
