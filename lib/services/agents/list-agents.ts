import type { AgentsView, AgentView } from "../../client/agent-types.ts";
import { type Metadata, type MetadataReader, metadata } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import type { CallContext } from "../call-context.ts";
import { authorise } from "../perform.ts";
import { askAgentOf } from "./ask-agent.ts";
import { isAlive } from "./is-alive.ts";
import { requireHome } from "./require-home.ts";

/** Nobody waits longer for an agent that is not there. */
const PATIENCE_MS = 2000;

/** All agents of this Lastgood, those that run first; each of these is asked. */
export async function listAgents(ctx: CallContext, { namespace }: { namespace: string }): Promise<AgentsView> {
  const rows = await authorise(ctx, "agent.list", { namespace }, async (db, principal) => {
    await requireHome(db, principal);
    return db.agent.findMany({ orderBy: [{ region: "asc" }, { id: "asc" }] });
  });
  const agents = await toViews(rows);
  const order: readonly AgentView["state"][] = ["running", "silent", "enrolled", "retired"];
  agents.sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return { agents, isShared: readEnv().metadata.provider === "postgres" };
}

/** One of them. Throws `not_found`. */
export async function getAgent(
  ctx: CallContext,
  { namespace, agentId }: { namespace: string; agentId: string },
): Promise<AgentView> {
  const row = await authorise(ctx, "agent.list", { namespace }, async (db, principal) => {
    await requireHome(db, principal);
    return findAgent(db, agentId);
  });
  const [view] = await toViews([row]);
  if (!view) throw new Error("an agent that was just read has a view");
  return view;
}

/** Throws `not_found`. */
export async function findAgent(db: MetadataReader, id: string): Promise<Row> {
  const row = await db.agent.findUnique({ where: { id } });
  if (row === null) throw new LastgoodError("not_found", "There is no such agent.", { hint: "List the agents." });
  return row;
}

type Row = Awaited<ReturnType<Metadata["agent"]["findMany"]>>[number];

async function toViews(rows: readonly Row[]): Promise<AgentView[]> {
  const counts = await metadata().database.groupBy({
    by: ["agentId"],
    where: { purgedAtMs: null },
    _count: { _all: true },
  });
  const owned = new Map(counts.map(({ agentId, _count }) => [agentId, _count._all]));
  const now = await storeNowMs();
  return Promise.all(rows.map((row) => toView(row, { databases: owned.get(row.id) ?? 0, now })));
}

const known = (timeMs: bigint | null) => (timeMs === null || timeMs === 0n ? null : Number(timeMs));

function stateOf({ retiredAtMs, seenAtMs, aliveAtMs }: Row, now: bigint): AgentView["state"] {
  if (retiredAtMs !== null) return "retired";
  if (seenAtMs === 0n) return "enrolled";
  return isAlive(aliveAtMs, now) ? "running" : "silent";
}

async function toView(row: Row, { databases, now }: { databases: number; now: bigint }): Promise<AgentView> {
  const state = stateOf(row, now);
  const asked = state === "running" || state === "silent" ? await ask(row.id) : null;
  return {
    id: row.id,
    region: row.region,
    state,
    answers: asked === null ? null : asked.problem === null,
    problem: asked?.problem ?? null,
    hostName: row.hostName,
    address: row.address,
    version: row.version,
    seenAtMs: known(row.aliveAtMs),
    startedAtMs: known(row.seenAtMs),
    enrolledAtMs: known(row.enrolledAtMs),
    retiredAtMs: known(row.retiredAtMs),
    retiredBy: row.retiredBy,
    databases,
    disk: asked?.disk ?? null,
  };
}

type Asked = { problem: string | null; disk: AgentView["disk"] };

async function ask(agentId: string): Promise<Asked> {
  try {
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const { disk } = await askAgentOf({ agentId }, "vitals", {}, PATIENCE_MS, patience);
    return { problem: null, disk };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return { problem: error.message, disk: null };
  }
}
