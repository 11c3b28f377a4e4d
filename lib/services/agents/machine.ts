import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Env } from "../../env.ts";
import { writeHostPort } from "../../env.ts";
import { keepOnce } from "../keep-once.ts";
import { openSealedText, sealText } from "../seal-text.ts";

/** What an agent's data directory says of it; made on its first start. `key` encrypts its connections, see lib/agent/network-link.ts. */
export type Machine = { machineId: string; key: Buffer; hostName: string; address: string | null };

export function readMachine({ paths, agentLink }: Env): Machine {
  return {
    machineId: keepOnce(paths.machineId, randomUUID),
    key: Buffer.from(
      keepOnce(paths.agentKey, () => randomBytes(32).toString("base64url")),
      "base64url",
    ),
    hostName: hostname(),
    address: agentLink === null ? null : writeHostPort(agentLink.address),
  };
}

const PURPOSE = "agent keys";

/** An agent's key as its row keeps it. */
export function sealAgentKey(agentId: string, key: Buffer): string {
  return sealText({ purpose: PURPOSE, owner: agentId }, key.toString("base64url"));
}

/** The key again; null where it was sealed under another installation's secret. */
export function openAgentKey(agentId: string, sealed: string): Buffer | null {
  const text = openSealedText({ purpose: PURPOSE, owner: agentId }, sealed);
  return text === null ? null : Buffer.from(text, "base64url");
}
