-- CreateTable
CREATE TABLE "User" (
    "id" TEXT COLLATE "C" NOT NULL,
    "email" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C",
    "passwordHash" TEXT COLLATE "C" NOT NULL,
    "sessionVersion" INTEGER NOT NULL DEFAULT 1,
    "totpSealed" TEXT COLLATE "C",
    "totpSinceMs" BIGINT,
    "totpLastStep" BIGINT,
    "createdAtMs" BIGINT NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RecoveryCode" (
    "id" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "usedAtMs" BIGINT,

    CONSTRAINT "RecoveryCode_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "sessionVersion" INTEGER NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "confirmedAtMs" BIGINT NOT NULL DEFAULT 0,
    "lastSeenMs" BIGINT,
    "address" TEXT COLLATE "C",
    "userAgent" TEXT COLLATE "C",

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Namespace" (
    "id" TEXT COLLATE "C" NOT NULL,
    "slug" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "deletedAtMs" BIGINT,
    "deletedBy" TEXT COLLATE "C",
    "purgeAfterMs" BIGINT,
    "purgedAtMs" BIGINT,

    CONSTRAINT "Namespace_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Invitation" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "email" TEXT COLLATE "C" NOT NULL,
    "role" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,
    "createdByName" TEXT COLLATE "C" NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "acceptedAtMs" BIGINT,
    "acceptedBy" TEXT COLLATE "C",
    "revokedAtMs" BIGINT,

    CONSTRAINT "Invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Membership" (
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "role" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,

    CONSTRAINT "Membership_pkey" PRIMARY KEY ("namespaceId","userId")
);

-- CreateTable
CREATE TABLE "Database" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "nameKey" TEXT COLLATE "C",
    "engine" TEXT COLLATE "C" NOT NULL,
    "origin" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "parentId" TEXT COLLATE "C",
    "region" TEXT COLLATE "C" NOT NULL,
    "agentId" TEXT COLLATE "C" NOT NULL,
    "agentEpoch" INTEGER NOT NULL DEFAULT 0,
    "path" TEXT COLLATE "C" NOT NULL,
    "windowDays" INTEGER NOT NULL DEFAULT 30,
    "restoreWay" TEXT COLLATE "C",
    "state" TEXT COLLATE "C" NOT NULL,
    "problem" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",
    "deletedAtMs" BIGINT,
    "deletedBy" TEXT COLLATE "C",
    "purgeAfterMs" BIGINT,
    "purgedAtMs" BIGINT,
    "lastRestoreId" TEXT COLLATE "C",
    "nextWindowDays" INTEGER,
    "nextWindowAtMs" BIGINT,

    CONSTRAINT "Database_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WriteWithdrawal" (
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "WriteWithdrawal_pkey" PRIMARY KEY ("databaseId","userId")
);

-- CreateTable
CREATE TABLE "Policy" (
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "restoreRole" TEXT COLLATE "C" NOT NULL DEFAULT 'admin',
    "approvals" INTEGER NOT NULL DEFAULT 0,
    "approvers" TEXT COLLATE "C",
    "hours" TEXT COLLATE "C",
    "protectedLabels" TEXT COLLATE "C",
    "leastWindowDays" INTEGER,
    "approveWithinMs" BIGINT NOT NULL DEFAULT 86400000,
    "runWithinMs" BIGINT NOT NULL DEFAULT 3600000,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT COLLATE "C",

    CONSTRAINT "Policy_pkey" PRIMARY KEY ("databaseId")
);

-- CreateTable
CREATE TABLE "ApprovalRequest" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "payload" TEXT COLLATE "C" NOT NULL,
    "plan" TEXT COLLATE "C" NOT NULL,
    "digest" TEXT COLLATE "C" NOT NULL,
    "policyVersion" INTEGER NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "needed" INTEGER NOT NULL,
    "requestedBy" TEXT COLLATE "C" NOT NULL,
    "requestedByName" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "approveUntilMs" BIGINT NOT NULL,
    "approvedAtMs" BIGINT,
    "runUntilMs" BIGINT,
    "endedAtMs" BIGINT,
    "endedBecause" TEXT COLLATE "C",
    "replaces" TEXT COLLATE "C",
    "restoreId" TEXT COLLATE "C",
    "openKey" TEXT COLLATE "C",
    "version" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "ApprovalRequest_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApprovalDecision" (
    "requestId" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "userName" TEXT COLLATE "C" NOT NULL,
    "verdict" TEXT COLLATE "C" NOT NULL,
    "comment" TEXT COLLATE "C",
    "digest" TEXT COLLATE "C" NOT NULL,
    "timeMs" BIGINT NOT NULL,

    CONSTRAINT "ApprovalDecision_pkey" PRIMARY KEY ("requestId","userId")
);

-- CreateTable
CREATE TABLE "RestorePoint" (
    "id" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "label" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "bookmark" TEXT COLLATE "C",
    "timeMs" BIGINT,
    "backupKey" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",

    CONSTRAINT "RestorePoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Restore" (
    "id" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "jobId" TEXT COLLATE "C",
    "openKey" TEXT COLLATE "C",
    "idempotencyKey" TEXT COLLATE "C",
    "requestDigest" TEXT COLLATE "C",
    "targetKind" TEXT COLLATE "C" NOT NULL,
    "sourceKind" TEXT COLLATE "C" NOT NULL,
    "askedMs" BIGINT,
    "restorePointId" TEXT COLLATE "C",
    "toBookmark" TEXT COLLATE "C" NOT NULL,
    "toTimeMs" BIGINT NOT NULL,
    "previousBookmark" TEXT COLLATE "C",
    "previousTimeMs" BIGINT,
    "reachedBookmark" TEXT COLLATE "C",
    "reachedTimeMs" BIGINT,
    "restoreBookmark" TEXT COLLATE "C",
    "undoOf" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    "planDigest" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "stage" TEXT COLLATE "C",
    "pages" INTEGER,
    "timings" TEXT COLLATE "C",
    "errorCode" TEXT COLLATE "C",
    "errorMessage" TEXT COLLATE "C",
    "errorHint" TEXT COLLATE "C",
    "requestedBy" TEXT COLLATE "C",
    "requestedByName" TEXT COLLATE "C",
    "approvalId" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,

    CONSTRAINT "Restore_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Job" (
    "id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C",
    "agentId" TEXT COLLATE "C" NOT NULL,
    "payload" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "stage" TEXT COLLATE "C",
    "progressDone" BIGINT NOT NULL DEFAULT 0,
    "progressTotal" BIGINT NOT NULL DEFAULT 0,
    "cancelAsked" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT COLLATE "C",
    "leaseUntilMs" BIGINT,
    "errorCode" TEXT COLLATE "C",
    "errorMessage" TEXT COLLATE "C",
    "errorHint" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,

    CONSTRAINT "Job_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "JobLine" (
    "jobId" TEXT COLLATE "C" NOT NULL,
    "seq" INTEGER NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "JobLine_pkey" PRIMARY KEY ("jobId","seq")
);

-- CreateTable
CREATE TABLE "Agent" (
    "id" TEXT COLLATE "C" NOT NULL,
    "region" TEXT COLLATE "C" NOT NULL,
    "epoch" INTEGER NOT NULL,
    "seenAtMs" BIGINT NOT NULL,
    "socketPath" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Agent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ApiToken" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "prefix" TEXT COLLATE "C" NOT NULL,
    "scopes" TEXT COLLATE "C" NOT NULL,
    "databases" TEXT COLLATE "C",
    "ratePerMinute" INTEGER,
    "createdAtMs" BIGINT NOT NULL,
    "expiresAtMs" BIGINT,
    "lastUsedMs" BIGINT,
    "lastAddress" TEXT COLLATE "C",
    "revokedAtMs" BIGINT,
    "revokedBy" TEXT COLLATE "C",

    CONSTRAINT "ApiToken_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AuditEntry" (
    "seq" BIGINT NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "namespaceId" TEXT COLLATE "C",
    "actorKind" TEXT COLLATE "C" NOT NULL,
    "actorId" TEXT COLLATE "C",
    "actorName" TEXT COLLATE "C",
    "action" TEXT COLLATE "C" NOT NULL,
    "outcome" TEXT COLLATE "C" NOT NULL,
    "targetKind" TEXT COLLATE "C",
    "targetId" TEXT COLLATE "C",
    "address" TEXT COLLATE "C",
    "requestId" TEXT COLLATE "C" NOT NULL,
    "detail" TEXT COLLATE "C" NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL DEFAULT '',

    CONSTRAINT "AuditEntry_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "Setting" (
    "key" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Setting_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "SignInAttempt" (
    "id" TEXT COLLATE "C" NOT NULL,
    "account" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "ok" BOOLEAN NOT NULL,

    CONSTRAINT "SignInAttempt_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_email_key" ON "User"("email");

-- CreateIndex
CREATE UNIQUE INDEX "RecoveryCode_userId_hash_key" ON "RecoveryCode"("userId", "hash");

-- CreateIndex
CREATE INDEX "Session_userId_idx" ON "Session"("userId");

-- CreateIndex
CREATE UNIQUE INDEX "Namespace_slug_key" ON "Namespace"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "Invitation_hash_key" ON "Invitation"("hash");

-- CreateIndex
CREATE INDEX "Invitation_namespaceId_createdAtMs_idx" ON "Invitation"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Database_namespaceId_createdAtMs_idx" ON "Database"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "Database_namespaceId_nameKey_key" ON "Database"("namespaceId", "nameKey");

-- CreateIndex
CREATE UNIQUE INDEX "ApprovalRequest_restoreId_key" ON "ApprovalRequest"("restoreId");

-- CreateIndex
CREATE UNIQUE INDEX "ApprovalRequest_openKey_key" ON "ApprovalRequest"("openKey");

-- CreateIndex
CREATE INDEX "ApprovalRequest_namespaceId_createdAtMs_idx" ON "ApprovalRequest"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "ApprovalRequest_databaseId_createdAtMs_idx" ON "ApprovalRequest"("databaseId", "createdAtMs");

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

-- AddForeignKey
ALTER TABLE "RecoveryCode" ADD CONSTRAINT "RecoveryCode_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Invitation" ADD CONSTRAINT "Invitation_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Membership" ADD CONSTRAINT "Membership_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Membership" ADD CONSTRAINT "Membership_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Database" ADD CONSTRAINT "Database_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WriteWithdrawal" ADD CONSTRAINT "WriteWithdrawal_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Policy" ADD CONSTRAINT "Policy_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApprovalRequest" ADD CONSTRAINT "ApprovalRequest_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApprovalRequest" ADD CONSTRAINT "ApprovalRequest_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApprovalDecision" ADD CONSTRAINT "ApprovalDecision_requestId_fkey" FOREIGN KEY ("requestId") REFERENCES "ApprovalRequest"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RestorePoint" ADD CONSTRAINT "RestorePoint_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Restore" ADD CONSTRAINT "Restore_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Job" ADD CONSTRAINT "Job_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "JobLine" ADD CONSTRAINT "JobLine_jobId_fkey" FOREIGN KEY ("jobId") REFERENCES "Job"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiToken" ADD CONSTRAINT "ApiToken_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ApiToken" ADD CONSTRAINT "ApiToken_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
