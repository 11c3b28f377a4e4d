-- AlterTable
ALTER TABLE "Job" ADD COLUMN     "goneAhead" BOOLEAN NOT NULL DEFAULT false;
