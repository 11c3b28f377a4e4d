-- AlterTable
ALTER TABLE "Database" ADD COLUMN     "connection" TEXT COLLATE "C",
ADD COLUMN     "serverVersion" INTEGER,
ADD COLUMN     "zeroLoss" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "Namespace" ADD COLUMN     "tier" TEXT COLLATE "C";
