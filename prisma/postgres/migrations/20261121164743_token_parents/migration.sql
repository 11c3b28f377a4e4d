-- AlterTable
ALTER TABLE "ApiToken" ADD COLUMN     "parentId" TEXT COLLATE "C";
