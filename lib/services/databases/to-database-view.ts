import type { DatabaseView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { toNumber } from "../../db/epoch-ms.ts";
import { roleMay } from "../../domain/actions.ts";
import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import type { Principal } from "../find-principal.ts";
import type { DatabaseRow } from "./find-database.ts";

const STATUS_TIMEOUT_MS = 3_000;

/** Databases as routes and pages show them, with what capture is doing; `capture` is null when the agent does not answer. */
export async function toDatabaseViews(principal: Principal, rows: DatabaseRow[]): Promise<DatabaseView[]> {
  const statuses = await askForStatuses(rows);
  const readOnly = await findReadOnly(principal);
  const parents = await findParents(rows);
  const mayChange = roleMay(principal.role, "database.delete");
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    namespace: principal.namespace.slug,
    engine: row.engine as DatabaseView["engine"],
    origin: row.origin as DatabaseView["origin"],
    kind: row.kind as DatabaseView["kind"],
    region: row.region,
    path: mayChange ? row.path : null,
    windowDays: row.windowDays,
    nextWindow:
      row.nextWindowDays === null || row.nextWindowAtMs === null
        ? null
        : { days: row.nextWindowDays, atMs: Number(row.nextWindowAtMs) },
    state: row.state as DatabaseView["state"],
    problem: row.problem,
    createdAtMs: toNumber(row.createdAtMs),
    mayWrite: !readOnly.has(row.id),
    capture: statuses.get(row.id) ?? null,
    lastRestoreId: row.lastRestoreId,
    zeroLoss: row.zeroLoss,
    serverVersion: row.serverVersion,
    preview:
      row.kind === "preview" && row.parentId !== null
        ? {
            parentId: row.parentId,
            parentName: parents.get(row.parentId)?.name ?? null,
            parentOrigin: parents.get(row.parentId)?.origin ?? null,
            expiresAtMs: toNumber(row.expiresAtMs),
            sourceTimeMs: toNumber(row.sourceTimeMs),
          }
        : null,
  }));
}

type Parent = { name: string; origin: DatabaseView["origin"] };

/** Those projects of previews that are still there. */
async function findParents(rows: readonly DatabaseRow[]): Promise<Map<string, Parent>> {
  const ids = rows.flatMap(({ parentId }) => parentId ?? []);
  if (ids.length === 0) return new Map();
  const parents = await metadata().database.findMany({
    where: { id: { in: ids }, deletedAtMs: null },
    select: { id: true, name: true, origin: true },
  });
  return new Map(parents.map(({ id, name, origin }) => [id, { name, origin: origin as Parent["origin"] }]));
}

/** The databases that the caller may only read although their role would write; see `requireWritable`. */
async function findReadOnly({ role, userId }: Principal): Promise<Set<string>> {
  if (role !== "member") return new Set();
  const rows = await metadata().writeWithdrawal.findMany({ where: { userId }, select: { databaseId: true } });
  return new Set(rows.map(({ databaseId }) => databaseId));
}

async function askForStatuses(rows: readonly DatabaseRow[]): Promise<Map<string, CaptureStatus>> {
  const byAgent = Map.groupBy(rows, ({ agentId }) => agentId);
  const answers = await Promise.all([...byAgent].map(([agentId, owned]) => askForStatusesOf({ agentId }, owned)));
  return new Map(answers.flat().map((status) => [status.databaseId, status]));
}

async function askForStatusesOf(agent: { agentId: string }, rows: readonly DatabaseRow[]): Promise<CaptureStatus[]> {
  try {
    return await askAgentOf(agent, "status", { databaseIds: rows.map(({ id }) => id) }, STATUS_TIMEOUT_MS);
  } catch (error) {
    if (error instanceof LastgoodError) return [];
    throw error;
  }
}
