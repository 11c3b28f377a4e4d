-- AlterTable
ALTER TABLE "Agent" ADD COLUMN     "address" TEXT COLLATE "C",
ADD COLUMN     "enrolledAtMs" BIGINT,
ADD COLUMN     "hostName" TEXT COLLATE "C",
ADD COLUMN     "machineId" TEXT COLLATE "C",
ADD COLUMN     "protocol" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "retiredAtMs" BIGINT,
ADD COLUMN     "retiredBy" TEXT COLLATE "C",
ADD COLUMN     "sealedKey" TEXT COLLATE "C",
ADD COLUMN     "version" TEXT COLLATE "C";

-- CreateTable
CREATE TABLE "AgentEnrolment" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "region" TEXT COLLATE "C" NOT NULL,
    "replacesId" TEXT COLLATE "C",
    "sealedKey" TEXT COLLATE "C" NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C" NOT NULL,
    "expiresAtMs" BIGINT NOT NULL,
    "usedAtMs" BIGINT,
    "revokedAtMs" BIGINT,
    "agentId" TEXT COLLATE "C",

    CONSTRAINT "AgentEnrolment_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "AgentEnrolment_namespaceId_createdAtMs_idx" ON "AgentEnrolment"("namespaceId", "createdAtMs");
