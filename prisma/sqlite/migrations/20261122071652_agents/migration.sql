-- CreateTable
CREATE TABLE "AgentEnrolment" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "replacesId" TEXT,
    "sealedKey" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "usedAtMs" BIGINT,
    "revokedAtMs" BIGINT,
    "agentId" TEXT
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
    "socketPath" TEXT NOT NULL,
    "address" TEXT,
    "sealedKey" TEXT,
    "machineId" TEXT,
    "hostName" TEXT,
    "version" TEXT,
    "protocol" INTEGER NOT NULL DEFAULT 0,
    "enrolledAtMs" BIGINT,
    "retiredAtMs" BIGINT,
    "retiredBy" TEXT
);
INSERT INTO "new_Agent" ("aliveAtMs", "epoch", "id", "region", "seenAtMs", "socketPath") SELECT "aliveAtMs", "epoch", "id", "region", "seenAtMs", "socketPath" FROM "Agent";
DROP TABLE "Agent";
ALTER TABLE "new_Agent" RENAME TO "Agent";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE INDEX "AgentEnrolment_namespaceId_createdAtMs_idx" ON "AgentEnrolment"("namespaceId", "createdAtMs");
