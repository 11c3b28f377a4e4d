import { randomUUID } from "node:crypto";
import path from "node:path";
import type { DatabaseView, JobView } from "../../client/api-types.ts";
import { isUniqueViolation, type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { askAgentOf } from "../agents/ask-agent.ts";
import { findLocalAgent } from "../agents/register-agent.ts";
import type { CallContext } from "../call-context.ts";
import type { Principal } from "../find-principal.ts";
import { createJob } from "../jobs/create-job.ts";
import type { ProtectHow } from "../jobs/job-kinds.ts";
import { readJobView } from "../jobs/read-job-view.ts";
import { wakeAgent } from "../jobs/wake-agent.ts";
import { authorise, perform } from "../perform.ts";
import { buryDatabase } from "./bury-database.ts";
import { toNameKey } from "./find-database.ts";
import { getDatabase } from "./get-database.ts";
import { requireAttachable } from "./preflight-file.ts";

export type DatabaseSource =
  | { how: "hosted" }
  | { how: "attach"; path: string }
  | { how: "upload"; uploadId: string }
  | { how: "sample" };

export type CreateDatabaseInput = {
  namespace: string;
  name: string;
  source: DatabaseSource;
  /** 1 to 365. */
  windowDays?: number | undefined;
};

export type CreatedDatabase = { database: DatabaseView; job: JobView };

const DEFAULT_WINDOW_DAYS = 30;

/**
 * Takes a database under protection: writes its row and the job that makes it usable, and wakes the agent. Attaching a
 * file looks at it first and throws `attach_refused` with the cause. A name or file in use is `conflict`; a database that
 * could never be protected gives its name up.
 */
export async function createDatabase(ctx: CallContext, input: CreateDatabaseInput): Promise<CreatedDatabase> {
  const { namespace, name, source, windowDays = DEFAULT_WINDOW_DAYS } = input;
  const action = source.how === "attach" ? "database.attach" : "database.create";
  await authorise(ctx, action, { namespace }, async () => null);
  const agent = await findLocalAgent(metadata());
  const attached = source.how === "attach" ? await inspect(agent, source.path) : null;
  const id = randomUUID();
  const file = attached ?? path.join(await hostedFolder(agent), `${id}.db`);
  let jobId = "";
  try {
    jobId = await perform(ctx, action, { namespace }, async ({ db, principal, note }) => {
      note(
        { kind: "database", id },
        { name, how: source.how, after: { windowDays }, ...(attached !== null && { path: attached }) },
      );
      await releaseFailed(db, principal, name, attached);
      await requireFree(db, principal, name, attached);
      return writeDatabase(db, principal, agent, { id, name, file, windowDays, how: source.how, source });
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

async function inspect(agent: Agent, file: string): Promise<string> {
  const preflight = await askAgentOf({ agentId: agent.id }, "preflight", { path: file });
  requireAttachable(preflight);
  return preflight.path;
}

/** Where that agent keeps hosted databases; only an agent of this data directory needs not be asked. */
async function hostedFolder(agent: Agent): Promise<string> {
  const { processes, paths } = readEnv();
  return processes === "all" ? paths.hosted : (await askAgentOf({ agentId: agent.id }, "place", {})).hosted;
}

type Draft = {
  id: string;
  name: string;
  file: string;
  windowDays: number;
  how: ProtectHow;
  source: DatabaseSource;
};

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
      engine: "sqlite",
      // The sample is written by a program of its own, as an attached file is.
      origin: draft.how === "attach" || draft.how === "sample" ? "attached" : "hosted",
      kind: "project",
      region: agent.region,
      agentId: agent.id,
      path: draft.file,
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
    { kind: "database.protect", payload: { databaseId: draft.id, how: draft.how, ...upload } },
  );
}

/**
 * A failed attempt under the same name or with the same file makes room for the next. One that was protected before, and
 * so has a way to be restored, has a history: it goes by `deleteDatabase` alone, which asks for that right and the policy.
 */
async function releaseFailed(tx: MetadataTransaction, principal: Principal, name: string, file: string | null) {
  const failed = await tx.database.findMany({
    where: {
      namespaceId: principal.namespace.id,
      state: "failed",
      deletedAtMs: null,
      restoreWay: null,
      OR: [{ nameKey: toNameKey(name) }, ...(file === null ? [] : [{ path: file }])],
    },
  });
  for (const row of failed) await buryDatabase(tx, row, { by: principal.name, atMs: nowMs() });
}

async function requireFree(tx: MetadataTransaction, principal: Principal, name: string, file: string | null) {
  const namespaceId = principal.namespace.id;
  if (await tx.database.findFirst({ where: { namespaceId, nameKey: toNameKey(name) } })) throw nameTaken(name);
  if (file === null) return;
  const same = await tx.database.findFirst({ where: { path: file, deletedAtMs: null } });
  if (!same) return;
  // Whoever attaches a file of another namespace learns that it is in use, not by whom.
  const whose = same.namespaceId === namespaceId ? `as ${same.name}` : "in another namespace";
  throw new LastgoodError("conflict", `This file is protected already ${whose}.`, {
    field: "attach.path",
    hint: "A file is protected once; use the database that is there.",
  });
}

function nameTaken(name: string): LastgoodError {
  return new LastgoodError("conflict", `There is a database ${name} already.`, {
    field: "name",
    hint: "Choose another name; upper and lower case count as the same.",
  });
}
