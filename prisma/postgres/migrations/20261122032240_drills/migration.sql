-- CreateTable
CREATE TABLE "DrillPlan" (
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "cron" TEXT COLLATE "C" NOT NULL,
    "zone" TEXT COLLATE "C" NOT NULL,
    "aims" TEXT COLLATE "C" NOT NULL,
    "assertions" TEXT COLLATE "C" NOT NULL,
    "decidedToMs" BIGINT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT COLLATE "C",

    CONSTRAINT "DrillPlan_pkey" PRIMARY KEY ("databaseId")
);

-- CreateTable
CREATE TABLE "Drill" (
    "id" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "jobId" TEXT COLLATE "C",
    "trigger" TEXT COLLATE "C" NOT NULL,
    "aims" TEXT COLLATE "C" NOT NULL,
    "assertions" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "moments" TEXT COLLATE "C",
    "recoveryMs" BIGINT,
    "provenTimeMs" BIGINT,
    "sizeBytes" BIGINT,
    "receipt" TEXT COLLATE "C",
    "errorCode" TEXT COLLATE "C",
    "errorMessage" TEXT COLLATE "C",
    "errorHint" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "createdBy" TEXT COLLATE "C",
    "createdByName" TEXT COLLATE "C",
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    "evidenceUntilMs" BIGINT,

    CONSTRAINT "Drill_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Drill_databaseId_createdAtMs_idx" ON "Drill"("databaseId", "createdAtMs");

-- AddForeignKey
ALTER TABLE "DrillPlan" ADD CONSTRAINT "DrillPlan_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Drill" ADD CONSTRAINT "Drill_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
