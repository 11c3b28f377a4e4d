import type { EnrolmentView } from "../../client/agent-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";

type Row = {
  id: string;
  region: string;
  replacesId: string | null;
  createdAtMs: bigint;
  createdBy: string;
  expiresAtMs: bigint;
  usedAtMs: bigint | null;
  revokedAtMs: bigint | null;
  agentId: string | null;
};

/** An enrolment as routes and pages show it: never its key. */
export function toEnrolmentView(row: Row): EnrolmentView {
  return {
    id: row.id,
    region: row.region,
    replacesId: row.replacesId,
    createdAtMs: Number(row.createdAtMs),
    createdByName: row.createdBy,
    expiresAtMs: Number(row.expiresAtMs),
    state: stateOf(row),
    agentId: row.agentId,
  };
}

function stateOf({ usedAtMs, revokedAtMs, expiresAtMs }: Row): EnrolmentView["state"] {
  if (usedAtMs !== null) return "used";
  if (revokedAtMs !== null) return "revoked";
  return expiresAtMs > nowMs() ? "open" : "expired";
}
