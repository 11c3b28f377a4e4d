-- AlterTable
ALTER TABLE "Restore" ADD COLUMN "copyId" TEXT;
