-- CreateTable
CREATE TABLE "SecondCopy" (
    "databaseId" TEXT COLLATE "C" NOT NULL,
    "place" TEXT COLLATE "C" NOT NULL,
    "shippedUntilMs" BIGINT,
    "shippedBookmark" TEXT COLLATE "C",
    "shippedTxid" BIGINT,
    "behindSinceMs" BIGINT,
    "lastError" TEXT COLLATE "C",
    "verifiedAtMs" BIGINT,
    "damagedObjects" INTEGER NOT NULL DEFAULT 0,
    "sizeBytes" BIGINT NOT NULL DEFAULT 0,
    "checkedAtMs" BIGINT NOT NULL,

    CONSTRAINT "SecondCopy_pkey" PRIMARY KEY ("databaseId")
);

-- AddForeignKey
ALTER TABLE "SecondCopy" ADD CONSTRAINT "SecondCopy_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
