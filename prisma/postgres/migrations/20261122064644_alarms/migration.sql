-- AlterTable
ALTER TABLE "Agent" ADD COLUMN     "aliveAtMs" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "Alarm" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "databaseId" TEXT COLLATE "C",
    "agentId" TEXT COLLATE "C",
    "kind" TEXT COLLATE "C" NOT NULL,
    "openKey" TEXT COLLATE "C",
    "state" TEXT COLLATE "C" NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,
    "remedy" TEXT COLLATE "C" NOT NULL,
    "figures" TEXT COLLATE "C" NOT NULL,
    "sinceMs" BIGINT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "acknowledgedAtMs" BIGINT,
    "acknowledgedBy" TEXT COLLATE "C",
    "acknowledgedByName" TEXT COLLATE "C",
    "note" TEXT COLLATE "C",
    "resolvedAtMs" BIGINT,
    "resolvedBy" TEXT COLLATE "C",
    "resolvedByName" TEXT COLLATE "C",
    "reason" TEXT COLLATE "C",
    "version" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Alarm_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AlarmMail" (
    "id" TEXT COLLATE "C" NOT NULL,
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "alarms" TEXT COLLATE "C" NOT NULL,
    "recipient" TEXT COLLATE "C" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "body" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAtMs" BIGINT,
    "version" INTEGER NOT NULL DEFAULT 0,
    "leaseOwner" TEXT COLLATE "C",
    "leaseUntilMs" BIGINT,
    "error" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,
    "endedAtMs" BIGINT,

    CONSTRAINT "AlarmMail_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AlarmSettings" (
    "namespaceId" TEXT COLLATE "C" NOT NULL,
    "toAdmins" BOOLEAN NOT NULL DEFAULT true,
    "recipients" TEXT COLLATE "C" NOT NULL,
    "massDeleteRows" INTEGER,
    "version" INTEGER NOT NULL DEFAULT 0,
    "updatedAtMs" BIGINT NOT NULL,
    "updatedBy" TEXT COLLATE "C",

    CONSTRAINT "AlarmSettings_pkey" PRIMARY KEY ("namespaceId")
);

-- CreateIndex
CREATE UNIQUE INDEX "Alarm_openKey_key" ON "Alarm"("openKey");

-- CreateIndex
CREATE INDEX "Alarm_namespaceId_createdAtMs_idx" ON "Alarm"("namespaceId", "createdAtMs");

-- CreateIndex
CREATE INDEX "Alarm_namespaceId_state_idx" ON "Alarm"("namespaceId", "state");

-- CreateIndex
CREATE INDEX "AlarmMail_status_nextAtMs_idx" ON "AlarmMail"("status", "nextAtMs");

-- CreateIndex
CREATE INDEX "AlarmMail_namespaceId_createdAtMs_idx" ON "AlarmMail"("namespaceId", "createdAtMs");

-- AddForeignKey
ALTER TABLE "Alarm" ADD CONSTRAINT "Alarm_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Alarm" ADD CONSTRAINT "Alarm_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AlarmMail" ADD CONSTRAINT "AlarmMail_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AlarmSettings" ADD CONSTRAINT "AlarmSettings_namespaceId_fkey" FOREIGN KEY ("namespaceId") REFERENCES "Namespace"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
