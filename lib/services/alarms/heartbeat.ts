import type { TellingView } from "../../client/alarm-types.ts";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { isErrorCode, LastgoodError } from "../../domain/errors.ts";
import type { EgressRules } from "../../egress-rules.ts";
import { requestOutside } from "../egress/request-outside.ts";

/** A setting for each agent: how its last call came out. */
const PREFIX = "heartbeat:";
const TIMEOUT_MS = 10_000;
const ANSWER_BYTES = 200;
/** Each agent calls once a minute. */
const STALE_AFTER_MS = 3 * 60_000;

/** How a call came out, or why there was none. `text`: for people. */
export type Heartbeat = { ok: boolean; atMs: number; text: string | null };

/** Calls the address whose silence is an alarm. Answers what went wrong in words, null where nothing did. */
export async function callHeartbeat(url: string, rules?: EgressRules): Promise<string | null> {
  try {
    const { status } = await requestOutside({
      url,
      method: "GET",
      headers: { "user-agent": "Lastgood" },
      body: "",
      timeoutMs: TIMEOUT_MS,
      answerBytes: ANSWER_BYTES,
      ...(rules && { rules }),
    });
    return status >= 200 && status < 300 ? null : `It answered ${status}; only 2xx counts.`;
  } catch (error) {
    if (!(error instanceof LastgoodError) || !isErrorCode(error.code)) throw error;
    return error.message;
  }
}

/** Writes down how an agent's last call came out; its pages show it. */
export async function noteHeartbeat(agentId: string, heartbeat: Heartbeat): Promise<void> {
  const key = `${PREFIX}${agentId}`;
  const value = JSON.stringify(heartbeat);
  await metadata().setting.upsert({ where: { key }, create: { key, value }, update: { value } });
}

/** Forgets it, where there is no address to call any more. */
export async function forgetHeartbeat(agentId: string): Promise<void> {
  await metadata().setting.deleteMany({ where: { key: `${PREFIX}${agentId}` } });
}

/** How the calls of the agents with databases of a namespace stand: the worst of them. */
export async function readHeartbeat(
  db: MetadataReader,
  namespaceId: string,
  nowMs = Date.now(),
): Promise<TellingView["heartbeat"]> {
  const owners = await db.database.findMany({
    where: { namespaceId, deletedAtMs: null },
    distinct: ["agentId"],
    select: { agentId: true },
  });
  const rows = await db.setting.findMany({
    where: { key: { in: owners.map(({ agentId }) => `${PREFIX}${agentId}`) } },
  });
  const beats = rows.map(({ value }) => JSON.parse(value) as Heartbeat);
  const [oldest] = beats.toSorted((a, b) => Number(a.ok) - Number(b.ok) || a.atMs - b.atMs);
  if (!oldest) return { configured: false, ok: false, atMs: null, text: null };
  const isStale = nowMs - oldest.atMs > STALE_AFTER_MS;
  return {
    configured: true,
    ok: oldest.ok && !isStale,
    atMs: oldest.atMs,
    text: isStale ? "No agent has called it for a while." : oldest.text,
  };
}
