-- CreateTable
CREATE TABLE "DiskBudget" (
    "agentId" TEXT COLLATE "C" NOT NULL,
    "budgetBytes" BIGINT,
    "floorBytes" BIGINT,
    "leastDays" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedAtMs" BIGINT,
    "updatedBy" TEXT COLLATE "C",
    "environment" TEXT COLLATE "C",
    "state" TEXT COLLATE "C",

    CONSTRAINT "DiskBudget_pkey" PRIMARY KEY ("agentId")
);
