-- DropIndex
DROP INDEX "Integration_namespaceId_idx";

-- DropIndex
DROP INDEX "Schedule_databaseId_idx";

-- DropIndex
DROP INDEX "Webhook_namespaceId_idx";

-- DropIndex
DROP INDEX "Backup_databaseId_idempotencyKey_key";

-- DropIndex
DROP INDEX "Restore_databaseId_idempotencyKey_key";

-- AlterTable
ALTER TABLE "Backup" DROP COLUMN "idempotencyKey";

-- AlterTable
ALTER TABLE "Restore" DROP COLUMN "idempotencyKey";
ALTER TABLE "Restore" DROP COLUMN "requestDigest";

-- CreateIndex
CREATE INDEX "ApiToken_namespaceId_createdAtMs_idx" ON "ApiToken"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Database_namespaceId_deletedAtMs_idx" ON "Database"("namespaceId", "deletedAtMs");

-- CreateIndex
CREATE INDEX "Database_parentId_createdAtMs_idx" ON "Database"("parentId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Integration_namespaceId_createdAtMs_idx" ON "Integration"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Membership_namespaceId_createdAtMs_idx" ON "Membership"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Schedule_databaseId_createdAtMs_idx" ON "Schedule"("databaseId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Schedule_namespaceId_createdAtMs_idx" ON "Schedule"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Webhook_namespaceId_createdAtMs_idx" ON "Webhook"("namespaceId", "createdAtMs");
