-- CreateTable
CREATE TABLE "DiskBudget" (
    "agentId" TEXT NOT NULL PRIMARY KEY,
    "budgetBytes" BIGINT,
    "floorBytes" BIGINT,
    "leastDays" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedAtMs" BIGINT,
    "updatedBy" TEXT,
    "environment" TEXT,
    "state" TEXT
);
