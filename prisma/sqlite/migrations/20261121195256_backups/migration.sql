-- AlterTable
ALTER TABLE "Database" ADD COLUMN "maxBackups" INTEGER;

-- AlterTable
ALTER TABLE "Restore" ADD COLUMN "backupId" TEXT;

-- CreateTable
CREATE TABLE "BackupStore" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "region" TEXT NOT NULL,
    "bucket" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "pathStyle" BOOLEAN NOT NULL DEFAULT false,
    "accessKeyId" TEXT NOT NULL,
    "secretSealed" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "retiredAtMs" BIGINT,
    CONSTRAINT "BackupStore_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Backup" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "databaseId" TEXT NOT NULL,
    "jobId" TEXT,
    "key" TEXT,
    "kind" TEXT NOT NULL,
    "label" TEXT,
    "trigger" TEXT NOT NULL,
    "scheduleId" TEXT,
    "cron" TEXT,
    "zone" TEXT,
    "status" TEXT NOT NULL,
    "stage" TEXT,
    "bookmark" TEXT,
    "timeMs" BIGINT,
    "storeId" TEXT,
    "objectPrefix" TEXT,
    "fileName" TEXT,
    "encrypted" BOOLEAN NOT NULL DEFAULT false,
    "sizeBytes" BIGINT,
    "rawBytes" BIGINT,
    "sha256" TEXT,
    "tables" INTEGER,
    "rows" BIGINT,
    "excludeTables" TEXT,
    "schemaName" TEXT,
    "verifiedAtMs" BIGINT,
    "damage" TEXT,
    "restoredAtMs" BIGINT,
    "expiresAtMs" BIGINT,
    "idempotencyKey" TEXT,
    "errorCode" TEXT,
    "errorMessage" TEXT,
    "errorHint" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "createdByName" TEXT,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    "deletedAtMs" BIGINT,
    "deletedBy" TEXT,
    "deletedBecause" TEXT,
    "purgeAfterMs" BIGINT,
    "purgedAtMs" BIGINT,
    CONSTRAINT "Backup_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Backup_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Backup_storeId_fkey" FOREIGN KEY ("storeId") REFERENCES "BackupStore" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Schedule" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "databaseId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "nameKey" TEXT,
    "kind" TEXT NOT NULL,
    "cron" TEXT NOT NULL,
    "zone" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "retentionDays" INTEGER,
    "keepAtMost" INTEGER,
    "jitterSeconds" INTEGER NOT NULL DEFAULT 0,
    "excludeTables" TEXT,
    "schemaName" TEXT,
    "decidedToMs" BIGINT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT,
    "deletedAtMs" BIGINT,
    CONSTRAINT "Schedule_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Schedule_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "ScheduleRun" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "scheduleId" TEXT NOT NULL,
    "dueMs" BIGINT NOT NULL,
    "outcome" TEXT NOT NULL,
    "because" TEXT,
    "backupId" TEXT,
    "decidedAtMs" BIGINT NOT NULL,
    CONSTRAINT "ScheduleRun_scheduleId_fkey" FOREIGN KEY ("scheduleId") REFERENCES "Schedule" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Webhook" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "types" TEXT,
    "databases" TEXT,
    "secretSealed" TEXT NOT NULL,
    "formerSealed" TEXT,
    "formerUntilMs" BIGINT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "problem" TEXT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "updatedAtMs" BIGINT NOT NULL,
    "deletedAtMs" BIGINT,
    CONSTRAINT "Webhook_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Event" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "databaseId" TEXT,
    "type" TEXT NOT NULL,
    "payload" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    CONSTRAINT "Event_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "WebhookDelivery" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "webhookId" TEXT NOT NULL,
    "eventId" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntilMs" BIGINT,
    "createdAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,
    CONSTRAINT "WebhookDelivery_webhookId_fkey" FOREIGN KEY ("webhookId") REFERENCES "Webhook" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "WebhookDelivery_eventId_fkey" FOREIGN KEY ("eventId") REFERENCES "Event" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "WebhookAttempt" (
    "deliveryId" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "status" INTEGER,
    "error" TEXT,
    "answer" TEXT,

    PRIMARY KEY ("deliveryId", "n"),
    CONSTRAINT "WebhookAttempt_deliveryId_fkey" FOREIGN KEY ("deliveryId") REFERENCES "WebhookDelivery" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Integration" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "namespaceId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "baseUrl" TEXT NOT NULL,
    "settings" TEXT NOT NULL,
    "tokenSealed" TEXT NOT NULL,
    "databases" TEXT,
    "variables" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT,
    "updatedAtMs" BIGINT NOT NULL,
    "deletedAtMs" BIGINT,
    CONSTRAINT "Integration_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "IntegrationPush" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "integrationId" TEXT NOT NULL,
    "databaseId" TEXT NOT NULL,
    "restoreId" TEXT,
    "status" TEXT NOT NULL,
    "names" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT,
    "leaseUntilMs" BIGINT,
    "error" TEXT,
    "createdAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,
    CONSTRAINT "IntegrationPush_integrationId_fkey" FOREIGN KEY ("integrationId") REFERENCES "Integration" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "BackupStore_namespaceId_idx" ON "BackupStore"("namespaceId");

-- CreateIndex
CREATE UNIQUE INDEX "Backup_key_key" ON "Backup"("key");

-- CreateIndex
CREATE INDEX "Backup_databaseId_createdAtMs_idx" ON "Backup"("databaseId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Backup_namespaceId_createdAtMs_idx" ON "Backup"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "Backup_databaseId_idempotencyKey_key" ON "Backup"("databaseId", "idempotencyKey");

-- CreateIndex
CREATE INDEX "Schedule_databaseId_idx" ON "Schedule"("databaseId");

-- CreateIndex
CREATE UNIQUE INDEX "Schedule_databaseId_nameKey_key" ON "Schedule"("databaseId", "nameKey");

-- CreateIndex
CREATE UNIQUE INDEX "ScheduleRun_scheduleId_dueMs_key" ON "ScheduleRun"("scheduleId", "dueMs");

-- CreateIndex
CREATE INDEX "Webhook_namespaceId_idx" ON "Webhook"("namespaceId");

-- CreateIndex
CREATE INDEX "Event_namespaceId_createdAtMs_idx" ON "Event"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "WebhookDelivery_status_nextAtMs_idx" ON "WebhookDelivery"("status", "nextAtMs");

-- CreateIndex
CREATE INDEX "WebhookDelivery_webhookId_createdAtMs_idx" ON "WebhookDelivery"("webhookId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Integration_namespaceId_idx" ON "Integration"("namespaceId");

-- CreateIndex
CREATE INDEX "IntegrationPush_status_nextAtMs_idx" ON "IntegrationPush"("status", "nextAtMs");

-- CreateIndex
CREATE INDEX "IntegrationPush_integrationId_createdAtMs_idx" ON "IntegrationPush"("integrationId", "createdAtMs");
