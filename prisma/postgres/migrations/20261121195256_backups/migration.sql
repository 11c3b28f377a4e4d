-- AlterTable
ALTER TABLE "Database" ADD COLUMN     "maxBackups" INTEGER;

-- AlterTable
ALTER TABLE "Restore" ADD COLUMN     "backupId" TEXT COLLATE "C";

-- CreateTable
CREATE TABLE "BackupStore" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "endpoint" TEXT COLLATE "C" NOT NULL,
    "region" TEXT COLLATE "C" NOT NULL,
    "bucket" TEXT COLLATE "C" NOT NULL,
    "prefix" TEXT COLLATE "C" NOT NULL,
    "pathStyle" BOOLEAN NOT NULL DEFAULT false,
    "accessKeyId" TEXT COLLATE "C" NOT NULL,
    "secretSealed" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",
    "retiredAtMs" BIGINT,

    CONSTRAINT "BackupStore_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Backup" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "jobId" TEXT COLLATE "C",
    "key" TEXT COLLATE "C",
    "kind" TEXT COLLATE "C" NOT NULL,
    "label" TEXT COLLATE "C",
    "trigger" TEXT COLLATE "C" NOT NULL,
    "scheduleId" TEXT COLLATE "C",
    "cron" TEXT COLLATE "C",
    "zone" TEXT COLLATE "C",
    "status" TEXT COLLATE "C" NOT NULL,
    "stage" TEXT COLLATE "C",
    "bookmark" TEXT COLLATE "C",
    "timeMs" BIGINT,
    "storeId" TEXT COLLATE "C",
    "objectPrefix" TEXT COLLATE "C",
    "fileName" TEXT COLLATE "C",
    "encrypted" BOOLEAN NOT NULL DEFAULT false,
    "sizeBytes" BIGINT,
    "rawBytes" BIGINT,
    "sha256" TEXT COLLATE "C",
    "tables" INTEGER,
    "rows" BIGINT,
    "excludeTables" TEXT COLLATE "C",
    "schemaName" TEXT COLLATE "C",
    "verifiedAtMs" BIGINT,
    "damage" TEXT COLLATE "C",
    "restoredAtMs" BIGINT,
    "expiresAtMs" BIGINT,
    "idempotencyKey" TEXT COLLATE "C",
    "errorCode" TEXT COLLATE "C",
    "errorMessage" TEXT COLLATE "C",
    "errorHint" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",
    "createdByName" TEXT COLLATE "C",
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    "deletedAtMs" BIGINT,
    "deletedBy" TEXT COLLATE "C",
    "deletedBecause" TEXT COLLATE "C",
    "purgeAfterMs" BIGINT,
    "purgedAtMs" BIGINT,

    CONSTRAINT "Backup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Schedule" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "nameKey" TEXT COLLATE "C",
    "kind" TEXT COLLATE "C" NOT NULL,
    "cron" TEXT COLLATE "C" NOT NULL,
    "zone" TEXT COLLATE "C" NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "retentionDays" INTEGER,
    "keepAtMost" INTEGER,
    "jitterSeconds" INTEGER NOT NULL DEFAULT 0,
    "excludeTables" TEXT COLLATE "C",
    "schemaName" TEXT COLLATE "C",
    "decidedToMs" BIGINT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT COLLATE "C",
    "deletedAtMs" BIGINT,

    CONSTRAINT "Schedule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ScheduleRun" (
    "id" TEXT COLLATE "C" NOT NULL,
    "scheduleId" TEXT COLLATE "C" NOT NULL,
    "dueMs" BIGINT NOT NULL,
    "outcome" TEXT COLLATE "C" NOT NULL,
    "because" TEXT COLLATE "C",
    "backupId" TEXT COLLATE "C",
    "decidedAtMs" BIGINT NOT NULL,

    CONSTRAINT "ScheduleRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Webhook" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "url" TEXT COLLATE "C" NOT NULL,
    "types" TEXT COLLATE "C",
    "databases" TEXT COLLATE "C",
    "secretSealed" TEXT COLLATE "C" NOT NULL,
    "formerSealed" TEXT COLLATE "C",
    "formerUntilMs" BIGINT,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "problem" TEXT COLLATE "C",
    "version" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",
    "updatedAtMs" BIGINT NOT NULL,
    "deletedAtMs" BIGINT,

    CONSTRAINT "Webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Event" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C",
    "type" TEXT COLLATE "C" NOT NULL,
    "payload" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,

    CONSTRAINT "Event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WebhookDelivery" (
    "id" TEXT COLLATE "C" NOT NULL,
    "webhookId" TEXT COLLATE "C" NOT NULL,
    "eventId" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT COLLATE "C",
    "leaseUntilMs" BIGINT,
    "createdAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,

    CONSTRAINT "WebhookDelivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "WebhookAttempt" (
    "deliveryId" TEXT COLLATE "C" NOT NULL,
    "n" INTEGER NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "durationMs" INTEGER NOT NULL,
    "status" INTEGER,
    "error" TEXT COLLATE "C",
    "answer" TEXT COLLATE "C",

    CONSTRAINT "WebhookAttempt_pkey" PRIMARY KEY ("deliveryId","n")
);

-- CreateTable
CREATE TABLE "Integration" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "baseUrl" TEXT COLLATE "C" NOT NULL,
    "settings" TEXT COLLATE "C" NOT NULL,
    "tokenSealed" TEXT COLLATE "C" NOT NULL,
    "databases" TEXT COLLATE "C",
    "variables" TEXT COLLATE "C" NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",
    "updatedAtMs" BIGINT NOT NULL,
    "deletedAtMs" BIGINT,

    CONSTRAINT "Integration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "IntegrationPush" (
    "id" TEXT COLLATE "C" NOT NULL,
    "integrationId" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "restoreId" TEXT COLLATE "C",
    "status" TEXT COLLATE "C" NOT NULL,
    "names" TEXT COLLATE "C" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT COLLATE "C",
    "leaseUntilMs" BIGINT,
    "error" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,

    CONSTRAINT "IntegrationPush_pkey" PRIMARY KEY ("id")
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

-- AddForeignKey
ALTER TABLE "BackupStore" ADD CONSTRAINT "BackupStore_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Backup" ADD CONSTRAINT "Backup_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Backup" ADD CONSTRAINT "Backup_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Backup" ADD CONSTRAINT "Backup_storeId_fkey" FOREIGN KEY ("storeId") REFERENCES "BackupStore"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Schedule" ADD CONSTRAINT "Schedule_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Schedule" ADD CONSTRAINT "Schedule_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ScheduleRun" ADD CONSTRAINT "ScheduleRun_scheduleId_fkey" FOREIGN KEY ("scheduleId") REFERENCES "Schedule"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Webhook" ADD CONSTRAINT "Webhook_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Event" ADD CONSTRAINT "Event_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_webhookId_fkey" FOREIGN KEY ("webhookId") REFERENCES "Webhook"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookDelivery" ADD CONSTRAINT "WebhookDelivery_eventId_fkey" FOREIGN KEY ("eventId") REFERENCES "Event"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "WebhookAttempt" ADD CONSTRAINT "WebhookAttempt_deliveryId_fkey" FOREIGN KEY ("deliveryId") REFERENCES "WebhookDelivery"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Integration" ADD CONSTRAINT "Integration_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IntegrationPush" ADD CONSTRAINT "IntegrationPush_integrationId_fkey" FOREIGN KEY ("integrationId") REFERENCES "Integration"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
