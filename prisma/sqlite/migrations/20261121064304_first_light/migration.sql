-- CreateTable
CREATE TABLE "User" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "email" TEXT NOT NULL,
    "name" TEXT,
    "passwordHash" TEXT NOT NULL,
    "sessionVersion" INTEGER NOT NULL DEFAULT 1,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "sessionVersion" INTEGER NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Namespace" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "deletedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "Membership" (
    "namespaceId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,

    PRIMARY KEY ("namespaceId", "userId"),
    CONSTRAINT "Membership_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Database" (
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
    "restoreWay" TEXT,
    "state" TEXT NOT NULL,
    "problem" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "deletedAtMs" BIGINT,
    "lastRestoreId" TEXT,
    CONSTRAINT "Database_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "RestorePoint" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "databaseId" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "bookmark" TEXT,
    "timeMs" BIGINT,
    "backupKey" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    CONSTRAINT "RestorePoint_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Restore" (
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
    "requestedBy" TEXT,
    "requestedByName" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    CONSTRAINT "Restore_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Job" (
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
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntilMs" BIGINT,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    CONSTRAINT "Job_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "JobLine" (
    "jobId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "text" TEXT NOT NULL,

    PRIMARY KEY ("jobId", "seq"),
    CONSTRAINT "JobLine_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Agent" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "region" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seenAtMs" BIGINT NOT NULL,
    "socketPath" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "ApiToken" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "userId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "scopes" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT,
    "lastUsedMs" BIGINT,
    "revokedAtMs" BIGINT,
    CONSTRAINT "ApiToken_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "ApiToken_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "AuditEntry" (
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
    "detail" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "Setting" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "SignInAttempt" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "account" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "ok" BOOLEAN NOT NULL
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "Namespace_slug_key" ON "Namespace"("slug");

-- CreateIndex
CREATE INDEX "Database_namespaceId_createdAtMs_idx" ON "Database"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "Database_namespaceId_nameKey_key" ON "Database"("namespaceId", "nameKey");

-- CreateIndex
CREATE INDEX "RestorePoint_databaseId_createdAtMs_idx" ON "RestorePoint"("databaseId", "createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "Restore_openKey_key" ON "Restore"("openKey");

-- CreateIndex
CREATE INDEX "Restore_databaseId_createdAtMs_idx" ON "Restore"("databaseId", "createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "Restore_databaseId_idempotencyKey_key" ON "Restore"("databaseId", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Job_agentId_status_createdAtMs_idx" ON "Job"("agentId", "status", "createdAtMs");

-- CreateIndex
CREATE INDEX "Job_databaseId_createdAtMs_idx" ON "Job"("databaseId", "createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "ApiToken_hash_key" ON "ApiToken"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "AuditEntry_id_key" ON "AuditEntry"("id");

-- CreateIndex
CREATE INDEX "AuditEntry_namespaceId_seq_idx" ON "AuditEntry"("namespaceId", "seq");

-- CreateIndex
CREATE INDEX "SignInAttempt_account_timeMs_idx" ON "SignInAttempt"("account", "timeMs");

-- CreateIndex
CREATE INDEX "SignInAttempt_address_timeMs_idx" ON "SignInAttempt"("address", "timeMs");
