-- CreateTable
CREATE TABLE "IdempotentCall" (
    "id" TEXT COLLATE "C" NOT NULL,
    "scope" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "requestDigest" TEXT COLLATE "C" NOT NULL,
    "leaseOwner" TEXT COLLATE "C",
    "leaseUntilMs" BIGINT,
    "tookEffectMs" BIGINT,
    "targetKind" TEXT COLLATE "C",
    "targetId" TEXT COLLATE "C",
    "answerSealed" TEXT COLLATE "C",
    "createdAtMs" BIGINT NOT NULL,

    CONSTRAINT "IdempotentCall_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "IdempotentCall_createdAtMs_idx" ON "IdempotentCall"("createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "IdempotentCall_scope_key_key" ON "IdempotentCall"("scope", "key");
