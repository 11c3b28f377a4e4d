-- CreateTable
CREATE TABLE "IdempotentCall" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "scope" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "requestDigest" TEXT NOT NULL,
    "leaseOwner" TEXT,
    "leaseUntilMs" BIGINT,
    "tookEffectMs" BIGINT,
    "targetKind" TEXT,
    "targetId" TEXT,
    "answerSealed" TEXT,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "IdempotentCall_createdAtMs_idx" ON "IdempotentCall"("createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "IdempotentCall_scope_key_key" ON "IdempotentCall"("scope", "key");
