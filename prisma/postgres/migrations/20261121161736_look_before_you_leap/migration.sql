-- AlterTable
ALTER TABLE "Database" ADD COLUMN     "expiresAtMs" BIGINT,
ADD COLUMN     "previewLimit" INTEGER,
ADD COLUMN     "sourceTimeMs" BIGINT;

-- AlterTable
ALTER TABLE "Restore" ADD COLUMN     "fenceSeconds" INTEGER,
ADD COLUMN     "runHooks" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "selection" TEXT COLLATE "C",
ADD COLUMN     "sourceDatabaseId" TEXT COLLATE "C",
ADD COLUMN     "summary" TEXT COLLATE "C",
ADD COLUMN     "targetDatabaseId" TEXT COLLATE "C",
ADD COLUMN     "targetName" TEXT COLLATE "C",
ADD COLUMN     "ttlHours" INTEGER;
