import { randomBytes, randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import type { EnrolmentAnswer, EnrolmentRequest, MachineFacts } from "../../domain/enrolment.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { writeAuditEntry } from "../audit/write-audit-entry.ts";
import { admitGuess, forgetGuess } from "../auth/limit-sign-ins.ts";
import { livePlace } from "../databases/live-place.ts";
import { loadSecret } from "../load-secret.ts";
import { openSealedText } from "../seal-text.ts";
import { transact } from "../transact.ts";
import { ENROLMENT_KEYS, requireLost } from "./create-enrolment.ts";
import { provesToken, sealEnrolled } from "./enrolment-seal.ts";
import { sealAgentKey } from "./machine.ts";

/**
 * Makes the machine an agent that has the token of an enrolment, once; see enrolment-seal.ts for what is said. Every token that does not
 * count, for whatever reason, is `not_found` alike; too many of them from one address are `rate_limited`. Throws `conflict` where the agent
 * whose place it was to take lives again.
 */
export async function acceptEnrolment(origin: CallOrigin, request: EnrolmentRequest): Promise<EnrolmentAnswer> {
  const guess = {
    // Of its own for each token: strangers who guess must not keep a machine out.
    account: `enrolment ${request.enrolmentId}`,
    what: "password",
    place: { kind: "address", address: origin.address },
  } as const;
  const guessId = await admitGuess(guess);
  const secret = loadSecret(readEnv());
  const answer = await transact(async (tx) => {
    const enrolment = await findOpen(tx, request);
    const agentKey = randomBytes(32);
    const { agentId, databases } = await (enrolment.replacesId === null
      ? insertAgent(tx, enrolment.region, request.machine, agentKey)
      : replaceAgent(tx, enrolment.replacesId, request.machine, agentKey));
    await tx.agentEnrolment.update({
      where: { id: enrolment.id },
      data: { usedAtMs: await storeNowMs(tx), agentId, sealedKey: "" },
    });
    await writeAuditEntry(
      tx,
      { actor: { kind: "system" }, origin },
      {
        action: "agent.enrolled",
        outcome: "done",
        namespaceId: enrolment.namespaceId,
        actorName: request.machine.hostName,
        target: { kind: "agent", id: agentId },
        detail: { enrolment: enrolment.id, region: enrolment.region, replaces: enrolment.replacesId, databases },
      },
    );
    const { region } = enrolment;
    const enrolled = { agentId, region, agentKey: agentKey.toString("base64url"), secret, databases };
    const sealed = sealEnrolled(enrolment.key, request, enrolled);
    if (sealed === null) throw new LastgoodError("invalid_input", "The public key is none.", { field: "publicKey" });
    return sealed;
  });
  await forgetGuess(guessId);
  return answer;
}

async function findOpen(tx: MetadataTransaction, request: EnrolmentRequest) {
  const row = await tx.agentEnrolment.findUnique({ where: { id: request.enrolmentId } });
  const now = await storeNowMs(tx);
  const isMeant = row !== null && (await isStillMeant(tx, row));
  const isOpen = isMeant && row.usedAtMs === null && row.revokedAtMs === null && row.expiresAtMs > now;
  const opened = isOpen ? openSealedText({ purpose: ENROLMENT_KEYS, owner: row.id }, row.sealedKey) : null;
  const key = opened === null ? null : Buffer.from(opened, "base64url");
  if (row !== null && key !== null && provesToken(key, request)) return { ...row, key };
  throw new LastgoodError("not_found", "This token is not valid, or no longer.", {
    hint: "A token counts once, for an hour. Make another one on the page Agents.",
  });
}

/** Whoever made it is an owner still, and their namespace is there. */
async function isStillMeant(
  tx: MetadataTransaction,
  { namespaceId, createdBy }: { namespaceId: string; createdBy: string },
): Promise<boolean> {
  // One that was made with a token is by "<e-mail> (token <name>)".
  const [email = ""] = createdBy.split(" (token ");
  const where = { namespaceId, role: "owner", user: { email }, namespace: { deletedAtMs: null } };
  return (await tx.membership.findFirst({ where, select: { userId: true } })) !== null;
}

type Made = { agentId: string; databases: number };

const ofMachine = ({ machineId, hostName, socketPath }: MachineFacts, now: bigint) => ({
  ...{ machineId, hostName, socketPath, version: null },
  // It tells of itself when it starts.
  ...{ seenAtMs: 0n, aliveAtMs: 0n, protocol: 0, address: null, enrolledAtMs: now },
});

async function insertAgent(tx: MetadataTransaction, region: string, machine: MachineFacts, key: Buffer): Promise<Made> {
  const id = randomUUID();
  const now = await storeNowMs(tx);
  await tx.agent.create({
    data: { id, region, epoch: 0, sealedKey: sealAgentKey(id, key), ...ofMachine(machine, now) },
  });
  return { agentId: id, databases: 0 };
}

/** The former machine's runs count no more from here on: their epoch is over. Hosted databases lie where the new one keeps such. */
async function replaceAgent(tx: MetadataTransaction, id: string, machine: MachineFacts, key: Buffer): Promise<Made> {
  await requireLost(tx, id);
  const now = await storeNowMs(tx);
  await tx.agent.update({
    where: { id },
    data: { epoch: { increment: 1 }, sealedKey: sealAgentKey(id, key), ...ofMachine(machine, now) },
  });
  const owned = await tx.database.findMany({
    where: { agentId: id, purgedAtMs: null },
    select: { id: true, engine: true, origin: true },
  });
  for (const { id: databaseId, engine } of owned.filter(({ origin }) => origin === "hosted")) {
    await tx.database.update({ where: { id: databaseId }, data: { path: livePlace(machine, engine, databaseId) } });
  }
  return { agentId: id, databases: owned.length };
}
