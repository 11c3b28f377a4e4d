-- CreateTable
CREATE TABLE "Erasure" (
    "id" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "jobId" TEXT COLLATE "C",
    "openKey" TEXT COLLATE "C",
    "beforeMs" BIGINT NOT NULL,
    "bookmark" TEXT COLLATE "C" NOT NULL,
    "timeMs" BIGINT NOT NULL,
    "includeBackups" BOOLEAN NOT NULL DEFAULT false,
    "plan" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C",
    "approvalId" TEXT COLLATE "C",
    "status" TEXT COLLATE "C" NOT NULL,
    "runAfterMs" BIGINT NOT NULL,
    "requestedBy" TEXT COLLATE "C",
    "requestedByName" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT,
    "removedBytes" BIGINT,
    "removedBackups" INTEGER,
    "errorCode" TEXT COLLATE "C",
    "errorMessage" TEXT COLLATE "C",
    "errorHint" TEXT COLLATE "C",

    CONSTRAINT "Erasure_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Erasure_openKey_key" ON "Erasure"("openKey");

-- CreateIndex
CREATE INDEX "Erasure_databaseId_createdAtMs_idx" ON "Erasure"("databaseId", "createdAtMs");

-- AddForeignKey
ALTER TABLE "Erasure" ADD CONSTRAINT "Erasure_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
