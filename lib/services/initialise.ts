import { metadata } from "../db/client.ts";
import { migrateMetadata } from "../db/migrate.ts";
import { type Env, type InitialOwner, readEnv, readInitialOwner } from "../env.ts";
import { ensureLocalAgent } from "./agents/register-agent.ts";
import { beginAuditChain } from "./audit/begin-chain.ts";
import { writeAuditEntry } from "./audit/write-audit-entry.ts";
import { insertOwner } from "./auth/create-first-owner.ts";
import { hashPassword } from "./auth/hash-password.ts";
import { isSetupOpen, makeSetupToken, spendSetupToken } from "./auth/setup-token.ts";
import { findBlockDatabase } from "./backup-block/find-block-database.ts";
import { systemContext } from "./call-context.ts";
import { loadSecret, requireSameSecret } from "./load-secret.ts";
import { insertToken } from "./tokens/insert-token.ts";
import { transact } from "./transact.ts";

/** What a start has to tell: the one-time link while nobody has set Lastgood up, and warnings, a sentence each. */
export type Initialised = { setupUrl: string | null; warnings: string[] };

/**
 * Makes store and data directory ready, at each start and before anything else: migrations, secret, the local agent's
 * row. While nobody has set Lastgood up, the owner that the environment names is created; if it names none, a new set-up
 * token is made and its link comes back, to be printed once.
 */
export async function initialise(source: NodeJS.ProcessEnv = process.env): Promise<Initialised> {
  const env = readEnv(source);
  const migrated = await migrateMetadata(env.metadata, env.paths.metadataCopies);
  const secret = loadSecret(env);
  const warnings = [...migrated.warnings, ...(await requireSameSecret(env))];
  await beginAuditChain(secret);
  // Refused rather than guessed: it could mean another database than before.
  if (env.backupBlock) await findBlockDatabase(metadata(), env.backupBlock);
  if (env.processes !== "console") await ensureLocalAgent({ region: env.region, socketPath: env.paths.agentSocket });
  // The link leads to a console, which an agent alone is none of.
  if (env.processes === "agent" || !(await isSetupOpen())) return { setupUrl: null, warnings };
  const owner = readInitialOwner(source);
  if (owner) {
    await createInitialOwner(owner);
    return { setupUrl: null, warnings };
  }
  return { setupUrl: setupUrl(env, await transact(makeSetupToken)), warnings };
}

function setupUrl(env: Env, token: string): string {
  return `${env.publicUrl}/set-up?token=${token}`;
}

async function createInitialOwner(owner: InitialOwner): Promise<void> {
  const passwordHash = await hashPassword(owner.password);
  await transact(async (tx) => {
    if ((await tx.user.count()) > 0) return;
    await spendSetupToken(tx);
    const ids = await insertOwner(tx, owner, passwordHash);
    if (owner.token !== null) {
      await insertToken(tx, {
        ...ids,
        name: "first start",
        scopes: "all",
        databases: "all",
        // Whoever runs the machine gave it: whatever their automation does is meant.
        ratePerMinute: 0,
        expiresAtMs: null,
        given: owner.token,
      });
    }
    await writeAuditEntry(tx, systemContext("first-start"), {
      action: "setup.complete",
      outcome: "done",
      namespaceId: ids.namespaceId,
      actorName: owner.email,
      target: { kind: "user", id: ids.userId },
      detail: { namespace: owner.namespace, by: "environment" },
    });
  });
}
