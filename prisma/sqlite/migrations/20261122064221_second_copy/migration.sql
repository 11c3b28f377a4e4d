-- CreateTable
CREATE TABLE "SecondCopy" (
    "databaseId" TEXT NOT NULL PRIMARY KEY,
    "place" TEXT NOT NULL,
    "shippedUntilMs" BIGINT,
    "shippedBookmark" TEXT,
    "shippedTxid" BIGINT,
    "behindSinceMs" BIGINT,
    "lastError" TEXT,
    "verifiedAtMs" BIGINT,
    "damagedObjects" INTEGER NOT NULL DEFAULT 0,
    "sizeBytes" BIGINT NOT NULL DEFAULT 0,
    "checkedAtMs" BIGINT NOT NULL,
    CONSTRAINT "SecondCopy_databaseId_fkey" FOREIGN KEY ("databaseId") REFERENCES "Database" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
