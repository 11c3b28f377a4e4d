-- AlterTable
ALTER TABLE "ApiToken" ADD COLUMN "databases" TEXT;
ALTER TABLE "ApiToken" ADD COLUMN "lastAddress" TEXT;
ALTER TABLE "ApiToken" ADD COLUMN "ratePerMinute" INTEGER;
ALTER TABLE "ApiToken" ADD COLUMN "revokedBy" TEXT;

-- AlterTable
ALTER TABLE "Database" ADD COLUMN "deletedBy" TEXT;
ALTER TABLE "Database" ADD COLUMN "nextWindowAtMs" BIGINT;
ALTER TABLE "Database" ADD COLUMN "nextWindowDays" INTEGER;
ALTER TABLE "Database" ADD COLUMN "purgeAfterMs" BIGINT;
ALTER TABLE "Database" ADD COLUMN "purgedAtMs" BIGINT;

-- AlterTable
ALTER TABLE "Namespace" ADD COLUMN "deletedBy" TEXT;
ALTER TABLE "Namespace" ADD COLUMN "purgeAfterMs" BIGINT;
ALTER TABLE "Namespace" ADD COLUMN "purgedAtMs" BIGINT;

-- AlterTable
ALTER TABLE "Restore" ADD COLUMN "approvalId" TEXT;

-- AlterTable
ALTER TABLE "User" ADD COLUMN "totpLastStep" BIGINT;
ALTER TABLE "User" ADD COLUMN "totpSealed" TEXT;
ALTER TABLE "User" ADD COLUMN "totpSinceMs" BIGINT;

-- CreateTable
CREATE TABLE "RecoveryCode" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "usedAtMs" BIGINT,
    CONSTRAINT "RecoveryCode_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Invitation" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT NOT NULL,
    "createdByName" TEXT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "acceptedAtMs" BIGINT,
    "acceptedBy" TEXT,
    "revokedAtMs" BIGINT,
    CONSTRAINT "Invitation_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "WriteWithdrawal" (
    "databaseId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT NOT NULL,

    PRIMARY KEY ("databaseId", "userId"),
    CONSTRAINT "WriteWithdrawal_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Policy" (
    "databaseId" TEXT NOT NULL PRIMARY KEY,
    "restoreRole" TEXT NOT NULL DEFAULT 'admin',
    "approvals" INTEGER NOT NULL DEFAULT 0,
    "approvers" TEXT,
    "hours" TEXT,
    "protectedLabels" TEXT,
    "leastWindowDays" INTEGER,
    "approveWithinMs" BIGINT NOT NULL DEFAULT 86400000,
    "runWithinMs" BIGINT NOT NULL DEFAULT 3600000,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT,
    CONSTRAINT "Policy_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ApprovalRequest" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "databaseId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "plan" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "policyVersion" INTEGER NOT NULL,
    "reason" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "needed" INTEGER NOT NULL,
    "requestedBy" TEXT NOT NULL,
    "requestedByName" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "approveUntilMs" BIGINT NOT NULL,
    "approvedAtMs" BIGINT,
    "runUntilMs" BIGINT,
    "endedAtMs" BIGINT,
    "endedBecause" TEXT,
    "replaces" TEXT,
    "restoreId" TEXT,
    "openKey" TEXT,
    "version" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "ApprovalRequest_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "ApprovalRequest_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ApprovalDecision" (
    "requestId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "userName" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "comment" TEXT,
    "digest" TEXT NOT NULL,
    "timeMs" BIGINT NOT NULL,

    PRIMARY KEY ("requestId", "userId"),
    CONSTRAINT "ApprovalDecision_requestId_fkey" FOREIGN KEY ("requestId") REFERENCES "ApprovalRequest" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_AuditEntry" (
    "seq" BIGINT NOT NULL PRIMARY KEY,
    "id" TEXT NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "namespaceId" TEXT,
    "actorKind" TEXT NOT NULL,
    "actorId" TEXT,
    "actorName" TEXT,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "targetKind" TEXT,
    "targetId" TEXT,
    "address" TEXT,
    "requestId" TEXT NOT NULL,
    "detail" TEXT NOT NULL,
    "hash" TEXT NOT NULL DEFAULT ''
);
INSERT INTO "new_AuditEntry" ("action", "actorId", "actorKind", "actorName", "address", "detail", "id", "namespaceId", "outcome", "requestId", "seq", "targetId", "targetKind", "timeMs") SELECT "action", "actorId", "actorKind", "actorName", "address", "detail", "id", "namespaceId", "outcome", "requestId", "seq", "targetId", "targetKind", "timeMs" FROM "AuditEntry";
DROP TABLE "AuditEntry";
ALTER TABLE "new_AuditEntry" RENAME TO "AuditEntry";
CREATE UNIQUE INDEX "AuditEntry_id_key" ON "AuditEntry"("id");
CREATE INDEX "AuditEntry_namespaceId_seq_idx" ON "AuditEntry"("namespaceId", "seq");
CREATE TABLE "new_Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "sessionVersion" INTEGER NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "confirmedAtMs" BIGINT NOT NULL DEFAULT 0,
    "lastSeenMs" BIGINT,
    "address" TEXT,
    "userAgent" TEXT,
    CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
INSERT INTO "new_Session" ("createdAtMs", "expiresAtMs", "id", "sessionVersion", "userId") SELECT "createdAtMs", "expiresAtMs", "id", "sessionVersion", "userId" FROM "Session";
DROP TABLE "Session";
ALTER TABLE "new_Session" RENAME TO "Session";
CREATE INDEX "Session_userId_idx" ON "Session"("userId");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;

-- CreateIndex
CREATE UNIQUE INDEX "RecoveryCode_userId_hash_key" ON "RecoveryCode"("userId", "hash");

-- CreateIndex
CREATE UNIQUE INDEX "Invitation_hash_key" ON "Invitation"("hash");

-- CreateIndex
CREATE INDEX "Invitation_namespaceId_createdAtMs_idx" ON "Invitation"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "ApprovalRequest_restoreId_key" ON "ApprovalRequest"("restoreId");

-- CreateIndex
CREATE UNIQUE INDEX "ApprovalRequest_openKey_key" ON "ApprovalRequest"("openKey");

-- CreateIndex
CREATE INDEX "ApprovalRequest_namespaceId_createdAtMs_idx" ON "ApprovalRequest"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "ApprovalRequest_databaseId_createdAtMs_idx" ON "ApprovalRequest"("databaseId", "createdAtMs");
