import type { Bookmark } from "../domain/bookmark.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { RowsOrder } from "../domain/give-back.ts";
import type { HooksFound } from "../domain/hooks.ts";
import type { ProtectedDatabase, QueryPart, QueryStatement, SqlValue } from "../engines/engine.ts";
import type { OwnedEngine } from "../engines/owned-engine.ts";
import type { BackupStores } from "./backup-stores.ts";
import type { Downloads } from "./downloads.ts";
import { encodeQueryResults } from "./encode-query-results.ts";
import type { FetchedBackups } from "./fetched-backups.ts";
import type { FetchedCopies } from "./fetched-copies.ts";
import { planBackup } from "./plan-backup.ts";
import type { AgentAnswers } from "./private-server.ts";
import type { AgentHealth, AgentParams, AgentResults, AgentVitals, Preflight } from "./protocol.ts";
import type { QueryCounters } from "./query-counters.ts";
import type { RestoreEnds } from "./restore-ends.ts";
import type { ScriptRuns } from "./script-runs.ts";
import { tryStore } from "./try-store.ts";

export type AnswerSources = {
  engine: OwnedEngine;
  /** Looks a live database up; throws `not_found` when this agent has none of that id. */
  database(id: string): Promise<ProtectedDatabase>;
  health(): Promise<AgentHealth>;
  /** Absolute paths of the folders of hosted databases. */
  hosted: string;
  clusters: string;
  preflight(path: string): Promise<Preflight>;
  /** The operator's programs for restores of a database. */
  hooks(db: ProtectedDatabase): HooksFound;
  wake(): void;
  restoreEnds: RestoreEnds;
  counts: QueryCounters;
  scripts: ScriptRuns;
  downloads: Downloads;
  fetched: FetchedBackups;
  fetchedCopies: Pick<FetchedCopies, "list">;
  stores: Pick<BackupStores, "describeSealing">;
  exposure(params: AgentParams<"exposure">): Promise<AgentResults["exposure"]>;
  /** What monitoring wants to know. */
  vitals(): Promise<AgentVitals>;
};

/** What the agent answers its console: each method is one cheap question to an engine. */
export function answersFrom({
  engine,
  database,
  health,
  hosted,
  clusters,
  preflight,
  hooks,
  wake,
  restoreEnds,
  counts,
  scripts,
  downloads,
  fetched,
  fetchedCopies,
  stores,
  exposure,
  vitals,
}: AnswerSources): AgentAnswers {
  return {
    health,
    place: async () => ({ hosted, clusters }),
    register: async ({ databaseId }) => {
      engine.register(await database(databaseId));
      return null;
    },
    setPassword: async ({ databaseId, connection }) => {
      await engine.setPassword(await database(databaseId), connection);
      return null;
    },
    preflight: ({ path }) => preflight(path),
    wake: async () => {
      wake();
      return null;
    },
    vitals,
    exposure,
    listCopies: ({ databaseId }) => fetchedCopies.list(databaseId),
    sealing: async () => stores.describeSealing(),
    tryStore: async (settings) => {
      await tryStore(settings);
      return null;
    },
    restoreEnded: ({ restoreId, timeoutMs }) => restoreEnds.wait(restoreId, timeoutMs),
    status: async ({ databaseIds }) => {
      const found = await Promise.allSettled(databaseIds.map(async (id) => engine.status(await database(id))));
      return found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    },
    window: async ({ databaseId }) => engine.window(await database(databaseId)),
    resolve: async ({ databaseId, at }) => engine.resolve(await database(databaseId), at),
    current: async ({ databaseId }) => engine.current(await database(databaseId)),
    planErasure: async ({ databaseId, beforeMs }) => engine.room.planErasure(await database(databaseId), beforeMs),
    commits: async ({ databaseId, ...around }) => engine.commits(await database(databaseId), around),
    density: async ({ databaseId, ...range }) => engine.density(await database(databaseId), range),
    marks: async ({ databaseId, ...range }) => engine.marks(await database(databaseId), range),
    diff: async ({ databaseId, from, to }) =>
      engine.diffs.diff(await database(databaseId), from as Bookmark, to as Bookmark),
    diffRows: async ({ databaseId, from, to, ...question }) =>
      engine.diffs.diffRows(await database(databaseId), { ...question, from: from as Bookmark, to: to as Bookmark }),
    plan: async ({ databaseId, to, lastRestoreId }) =>
      engine.plan(await database(databaseId), to as Bookmark, lastRestoreId),
    hooks: async ({ databaseId }) => hooks(await database(databaseId)),
    planRows: async ({ databaseId, order, digest }, gone) => {
      const db = await database(databaseId);
      const asked = order as RowsOrder;
      const kept = digest === undefined ? null : engine.rows.kept(db, asked, digest);
      return kept ?? engine.rows.plan(db, asked, { signal: gone, progress: () => undefined });
    },
    planCopy: async ({ databaseId, to, kind }) =>
      engine.copies.planCopy(await database(databaseId), to as Bookmark, kind),
    planTakeOver: async ({ databaseId, sourceId, to, kind, since, lastRestoreId }) =>
      engine.copies.planTakeOver(await database(databaseId), await database(sourceId), to as Bookmark, {
        kind,
        since: since as Bookmark | null,
        lastRestoreId,
      }),
    planBackup: async ({ databaseId, ...asked }) => planBackup({ engine, fetched }, await database(databaseId), asked),
    prepareDownload: async ({ databaseId, at }) => downloads.prepare(await database(databaseId), at as Bookmark),
    prepareSqlText: async ({ databaseId, at, options, waitMs }) =>
      downloads.prepareText(await database(databaseId), at as Bookmark, options, waitMs),
    runScript: async ({ databaseId, uploadId, md5, waitMs }) =>
      scripts.begin(await database(databaseId), { uploadId, md5 }, waitMs),
    scriptRun: async ({ databaseId, atBookmark, waitMs }) => scripts.follow(databaseId, atBookmark, waitMs),
    query: async ({ databaseId, sql, params, readOnly = false, servedBy, isUncounted = false, ...form }) => {
      const { more, asLists, valueLimitBytes } = form;
      const statement: QueryStatement = {
        ...toPart({ sql, params }),
        readOnly,
        ...(more && { more: more.map(toPart) }),
        ...(asLists && { asLists }),
        ...(valueLimitBytes && { valueLimitBytes }),
      };
      const { results, bookmark } = await engine.query(await database(databaseId), statement);
      if (!isUncounted) counts.add(databaseId, results);
      return { resultsJson: encodeQueryResults(results, servedBy), bookmark };
    },
    queryCounts: async ({ databaseId, fromMs, toMs }) => counts.read(databaseId, fromMs, toMs),
    view: async ({ databaseId, at, sql, params }, gone) => {
      const statement = params ? { sql, params: params.map(asSqlValue) } : { sql };
      const { results, bookmark } = await engine.view(await database(databaseId), at, statement, gone);
      return { resultsJson: encodeQueryResults(results), bookmark };
    },
  };
}

function toPart({ sql, params }: { sql: string; params?: unknown[] | undefined }): QueryPart {
  return params ? { sql, params: params.map(asSqlValue) } : { sql };
}

/** JSON has no blobs and no booleans for SQL: arrays of bytes are blobs, true and false are 1 and 0. */
function asSqlValue(value: unknown, index: number): SqlValue {
  if (value === null || typeof value === "string") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) {
    return Uint8Array.from(value as number[]);
  }
  throw new LastgoodError("invalid_input", `Parameter ${index + 1} is neither null, number, text nor bytes.`, {
    field: `params[${index}]`,
    hint: "Pass objects as JSON text and bytes as an array of integers from 0 to 255.",
  });
}
