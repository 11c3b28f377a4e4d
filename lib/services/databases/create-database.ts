import { randomUUID } from "node:crypto";
import type { DatabaseView, JobView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { storeNowMs } from "../../db/store-time.ts";
import type { ClusterConnection } from "../../domain/cluster-connection.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { windowInTier } from "../../domain/tiers.ts";
import { readEnv } from "../../env.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { findAgentIn } from "../agents/find-agent-in.ts";
import { requireNotRetired } from "../agents/require-not-retired.ts";
import type { CallContext } from "../call-context.ts";
import { requireAllowedServer, serverName } from "../egress/check-server.ts";
import type { Principal } from "../find-principal.ts";
import { createJob } from "../jobs/create-job.ts";
import type { ProtectHow } from "../jobs/job-kinds.ts";
import { readJobView } from "../jobs/read-job-view.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { readTier } from "../namespaces/read-tier.ts";
import { authorise, perform } from "../perform.ts";
import { buryDatabase } from "./bury-database.ts";
import { sealConnection } from "./cluster-connection.ts";
import { toNameKey } from "./find-database.ts";
import { getDatabase } from "./get-database.ts";
import { hostedFolders, livePlace } from "./live-place.ts";
import { requireAttachable } from "./preflight-file.ts";

/** `hosted`: a new one, of SQLite unless it says otherwise; `connect`: a PostgreSQL server of somebody else's. */
export type DatabaseSource =
  | { how: "hosted"; engine?: "sqlite" | "postgres" }
  | { how: "connect"; connection: ClusterConnection }
  | { how: "attach"; path: string }
  | { how: "upload"; uploadId: string }
  | { how: "sample" };

export type CreateDatabaseInput = {
  namespace: string;
  name: string;
  source: DatabaseSource;
  /** 1 to 365. */
  windowDays?: number | undefined;
  /** Where it is to be; left out: with the agent that takes what is made here. */
  region?: string | undefined;
};

export type CreatedDatabase = { database: DatabaseView; job: JobView };

const DEFAULT_WINDOW_DAYS = 30;

/**
 * Takes a database under protection: writes its row and the job that makes it usable, and wakes the agent. Attaching a
 * file looks at it first and throws `attach_refused` with the cause. A name or file in use is `conflict`; a database that
 * could never be protected gives its name up. Throws `not_found` for a region in which no agent has started, `agent_unavailable`.
 */
export async function createDatabase(ctx: CallContext, input: CreateDatabaseInput): Promise<CreatedDatabase> {
  const { namespace, name, source } = input;
  const action = source.how === "attach" || source.how === "connect" ? "database.attach" : "database.create";
  const engine = engineOf(source);
  const tier = await authorise(ctx, action, { namespace }, (db, { namespace: { id } }) => readTier(db, id));
  const windowDays = windowInTier(engine === "postgres" ? tier : null, input.windowDays, DEFAULT_WINDOW_DAYS);
  const agent = await findAgentIn(metadata(), input.region);
  const attached = await inspect(agent, source);
  const id = randomUUID();
  const place = attached ?? livePlace(await hostedFolders({ agentId: agent.id }), engine, id);
  let jobId = "";
  try {
    jobId = await perform(ctx, action, { namespace }, async ({ db, principal, note }) => {
      note(
        { kind: "database", id },
        {
          name,
          how: source.how,
          region: agent.region,
          after: { windowDays },
          ...(attached !== null && { path: attached }),
        },
      );
      await requireNotRetired(db, agent.id);
      await releaseFailed(db, principal, name, attached);
      await requireFree(db, principal, name, attached);
      return writeDatabase(db, principal, agent, { id, name, place, windowDays, engine, source });
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw nameTaken(name);
    throw error;
  }
  await wakeAgent({ agentId: agent.id });
  const job = await readJobView(jobId);
  if (!job) throw new Error("a job that was just written exists");
  return { database: await getDatabase(ctx, { namespace, database: id }), job };
}

type Agent = { id: string; region: string };

function engineOf(source: DatabaseSource): "sqlite" | "postgres" {
  if (source.how === "connect") return "postgres";
  return source.how === "hosted" ? (source.engine ?? "sqlite") : "sqlite";
}

/** What is attached, once it was looked at: a file's path, or where a server is. Null where something is made. */
async function inspect(agent: Agent, source: DatabaseSource): Promise<string | null> {
  if (source.how === "connect") {
    requireServersWanted();
    await requireAllowedServer(source.connection);
    return serverName(source.connection);
  }
  if (source.how !== "attach") return null;
  const preflight = await askAgentOf({ agentId: agent.id }, "preflight", { path: source.path });
  requireAttachable(preflight);
  return preflight.path;
}

function requireServersWanted(): void {
  if (readEnv().attachServers) return;
  throw new LastgoodError("not_supported", "Whoever runs this Lastgood lets nobody attach servers.", {
    field: "connect",
    hint: "Make a PostgreSQL database here; or ask them for LASTGOOD_ATTACH_SERVERS=on.",
  });
}

type Draft = {
  id: string;
  name: string;
  place: string;
  windowDays: number;
  engine: "sqlite" | "postgres";
  source: DatabaseSource;
};

/** The sample is written by a program of its own, as an attached file is. */
const ATTACHED: readonly ProtectHow[] = ["attach", "connect", "sample"];

async function writeDatabase(
  tx: MetadataTransaction,
  principal: Principal,
  agent: Agent,
  draft: Draft,
): Promise<string> {
  await tx.database.create({
    data: {
      id: draft.id,
      namespaceId: principal.namespace.id,
      name: draft.name,
      nameKey: toNameKey(draft.name),
      engine: draft.engine,
      origin: ATTACHED.includes(draft.source.how) ? "attached" : "hosted",
      kind: "project",
      region: agent.region,
      agentId: agent.id,
      path: draft.place,
      connection: draft.source.how === "connect" ? sealConnection(draft.id, draft.source.connection) : null,
      windowDays: draft.windowDays,
      state: "preparing",
      createdAtMs: nowMs(),
      createdBy: principal.name,
    },
  });
  const upload = draft.source.how === "upload" ? { uploadId: draft.source.uploadId } : {};
  return createJob(
    tx,
    { agentId: agent.id, databaseId: draft.id },
    { kind: "database.protect", payload: { databaseId: draft.id, how: draft.source.how, ...upload } },
  );
}

/**
 * A failed attempt under the same name or with the same file or server makes room for the next. One that was protected before, and
 * so has a way to be restored, has a history: it goes by `deleteDatabase` alone, which asks for that right and the policy.
 */
async function releaseFailed(tx: MetadataTransaction, principal: Principal, name: string, place: string | null) {
  const failed = await tx.database.findMany({
    where: {
      namespaceId: principal.namespace.id,
      state: "failed",
      deletedAtMs: null,
      restoreWay: null,
      OR: [{ nameKey: toNameKey(name) }, ...(place === null ? [] : [{ path: place }])],
    },
  });
  for (const row of failed) await buryDatabase(tx, row, { by: principal.name, atMs: await storeNowMs(tx) });
}

async function requireFree(tx: MetadataTransaction, principal: Principal, name: string, place: string | null) {
  const namespaceId = principal.namespace.id;
  if (await tx.database.findFirst({ where: { namespaceId, nameKey: toNameKey(name) } })) throw nameTaken(name);
  if (place === null) return;
  const same = await tx.database.findFirst({ where: { path: place, deletedAtMs: null } });
  if (!same) return;
  // Whoever attaches what is another namespace's learns that it is in use, not by whom.
  const whose = same.namespaceId === namespaceId ? `as ${same.name}` : "in another namespace";
  const [what, field] = same.engine === "postgres" ? ["server", "connect"] : ["file", "attach.path"];
  throw new LastgoodError("conflict", `This ${what} is protected already ${whose}.`, {
    field,
    hint: `A ${what} is protected once; use the database that is there.`,
  });
}

function nameTaken(name: string): LastgoodError {
  return new LastgoodError("conflict", `There is a database ${name} already.`, {
    field: "name",
    hint: "Choose another name; upper and lower case count as the same.",
  });
}
