-- AlterTable
ALTER TABLE "Job" ADD COLUMN "errorHint" TEXT;

-- AlterTable
ALTER TABLE "Restore" ADD COLUMN "errorHint" TEXT;
