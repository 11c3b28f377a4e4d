-- AlterTable
ALTER TABLE "Restore" ADD COLUMN     "amcheck" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "checks" TEXT COLLATE "C";
