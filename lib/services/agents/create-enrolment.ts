import type { CreatedEnrolmentView } from "../../client/agent-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { ENROLMENT_LASTS_MS } from "../../domain/enrolment.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { sealText } from "../seal-text.ts";
import { makeEnrolmentToken } from "./enrolment-seal.ts";
import { isAlive } from "./is-alive.ts";
import { requireHome, requireSharedStore } from "./require-home.ts";
import { toEnrolmentView } from "./to-enrolment-view.ts";

const OPEN_AT_MOST = 20;
export const ENROLMENT_KEYS = "enrolment keys";

export type CreateEnrolmentInput = {
  namespace: string;
  /** Where the machine is; where it takes an agent's place, that one's counts. */
  region?: string | undefined;
  /** The id of a lost agent. */
  replaces?: string | undefined;
};

/**
 * Makes a one-time token with which a machine becomes an agent within an hour, and answers it, this once. With `replaces` the machine takes
 * a lost agent's place: its id, its region and its databases. Throws `conflict` for an agent that is alive or retired, `not_found`
 * for one that is not there, `not_supported` where the metadata lies in a file.
 */
export function createEnrolment(ctx: CallContext, input: CreateEnrolmentInput): Promise<CreatedEnrolmentView> {
  const { id, token, key } = makeEnrolmentToken();
  return perform(ctx, "agent.enrol", { namespace: input.namespace }, async ({ db, principal, note }) => {
    await requireHome(db, principal);
    await requireConfirmed(ctx, db);
    requireSharedStore();
    const now = await storeNowMs(db);
    const namespaceId = principal.namespace.id;
    const open = await db.agentEnrolment.count({
      where: { namespaceId, usedAtMs: null, revokedAtMs: null, expiresAtMs: { gt: now } },
    });
    if (open >= OPEN_AT_MOST) {
      throw new LastgoodError("conflict", `There are ${open} tokens for agents that nobody has used.`, {
        hint: "Revoke those that are not needed.",
      });
    }
    const region = input.replaces === undefined ? requireRegion(input.region) : await regionOf(db, input.replaces);
    note({ kind: "enrolment", id }, { region, replaces: input.replaces ?? null });
    const row = await db.agentEnrolment.create({
      data: {
        ...{ id, namespaceId, region },
        replacesId: input.replaces ?? null,
        sealedKey: sealText({ purpose: ENROLMENT_KEYS, owner: id }, key.toString("base64url")),
        ...{ createdAtMs: now, createdBy: principal.name, expiresAtMs: now + BigInt(ENROLMENT_LASTS_MS) },
      },
    });
    return { ...toEnrolmentView(row), token };
  });
}

function requireRegion(region: string | undefined): string {
  if (region !== undefined) return region;
  throw new LastgoodError("invalid_input", "Say in which region the machine is.", {
    field: "region",
    hint: "A name of your own, as eu-central or office; databases made there are told apart by it.",
  });
}

async function regionOf(db: MetadataTransaction, replaces: string): Promise<string> {
  return (await requireLost(db, replaces)).region;
}

/** An agent whose place may be taken: it has not been heard of for a while. Throws `not_found`, `conflict`. */
export async function requireLost(db: MetadataTransaction, id: string) {
  const now = await storeNowMs(db);
  const agent = await db.agent.findUnique({ where: { id } });
  if (agent === null) {
    throw new LastgoodError("not_found", "There is no such agent.", { field: "replaces", hint: "List the agents." });
  }
  if (agent.retiredAtMs !== null) {
    throw new LastgoodError("conflict", "That agent was retired: there is nothing to take over.", {
      field: "replaces",
      hint: "Enrol the machine as a new agent.",
    });
  }
  if (!isAlive(agent.aliveAtMs, now)) return agent;
  const where = agent.hostName === null ? "" : ` on ${agent.hostName}`;
  throw new LastgoodError("conflict", `That agent runs${where}: two machines would have the same databases.`, {
    field: "replaces",
    hint: "Only a lost agent can be replaced. Stop it first and wait a minute, or enrol the machine as a new agent.",
  });
}
