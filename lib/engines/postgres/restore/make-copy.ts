import { existsSync } from "node:fs";
import path from "node:path";
import type { Bookmark } from "../../../domain/bookmark.ts";
import type { Copied } from "../../../domain/restore.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import { StageClock } from "../../stage-clock.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { readAccess } from "../receiver/access-file.ts";
import type { ClusterCapture } from "../receiver/cluster-capture.ts";
import { withSession } from "../receiver/open-session.ts";
import { randomPassword } from "../receiver/password-verifier.ts";
import { checkIndexesIfAsked } from "../recovery/check-state.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { APPLICATIONS, claimCopy, openToApplications } from "./claim-copy.ts";

export type CopyOrder = { source: ProtectedDatabase; to: Bookmark; target: ProtectedDatabase; restoreId: string };
export type CopyMeans = { context: PostgresContext; recoveries: Recoveries; capture: ClusterCapture };

const PASSWORD_WITHIN_MS = 30_000;

/**
 * Makes a hosted cluster of its own from a state of another cluster, and has it protected. A repeat after a crash goes on with what
 * is there: a data directory that is in its place is whole.
 */
export async function makeCopy(
  { context, recoveries, capture }: CopyMeans,
  { source, to, target, restoreId }: CopyOrder,
  run: Run,
): Promise<Copied> {
  const clock = new StageClock(run);
  clock.enter("write");
  const progress = (_: string, done: number, total: number) => clock.report(done, total);
  const reached = await recoveries.moments.resolve(source, { bookmark: to });
  const { live, access } = context.places(target);
  const isOurs = source.origin === "hosted";
  // Of a server that is known here no more, only its state is there.
  const attached = isOurs ? null : readAccess(context.places(source).access);
  let order = { from: null as string | null, password: randomPassword() };
  if (!existsSync(path.join(live, "PG_VERSION"))) {
    const server = await recoveries.recover(
      source,
      to,
      { id: restoreId, purpose: "lasting", into: target, stage: "write" },
      { ...run, progress },
    );
    clock.enter("check");
    try {
      // The file of an earlier try may be there already; what it says is what the receiver goes on with.
      order = { from: server.directory, password: readAccess(access)?.password ?? order.password };
      await claimCopy(server, order.password);
      if (!isOurs) await openToApplications(server);
      await checkIndexesIfAsked(server, run);
      await server.stop();
    } catch (error) {
      await server.discard();
      throw error;
    }
  }
  run.signal.throwIfAborted();
  await run.goAhead?.();
  clock.enter("place");
  const appPassword = randomPassword();
  const hosted = await capture.host(target, {
    ...order,
    appPassword: isOurs ? appPassword : null,
    restoreId,
    origin: to,
  });
  if (!isOurs) {
    const question = { database: target.id, role: APPLICATIONS, password: appPassword };
    await context.receiver.ask("setPassword", question, PASSWORD_WITHIN_MS);
  }
  await capture.protect(target, { kind: "existing" }, { ...run, progress });
  const first = await recoveries.moments.current(target);
  return {
    reached: { bookmark: reached.bookmark, timeMs: reached.timeMs },
    copy: { bookmark: first.bookmark, timeMs: first.timeMs },
    pages: 0,
    restoreWay: "swap",
    serverVersion: hosted.serverVersion,
    connection: {
      host: "127.0.0.1",
      port: hosted.port,
      user: APPLICATIONS,
      password: appPassword,
      database: attached?.database ?? (isOurs ? hosted.database : await largestDatabase(access, hosted.database)),
      sslMode: "disable",
    },
    timings: clock.end(),
  };
}

/** Where nobody knows which one was attached any more: the largest that takes connections, which every cluster has its data in. */
async function largestDatabase(access: string, otherwise: string): Promise<string> {
  const own = readAccess(access);
  if (!own) return otherwise;
  return withSession({ ...own, database: "template1" }, async (session) => {
    const { rows } = await session.query<{ name: string }>(
      `SELECT datname::text AS name FROM pg_database WHERE datallowconn AND NOT datistemplate
        ORDER BY pg_database_size(oid) DESC, datname LIMIT 1`,
    );
    return rows[0]?.name ?? otherwise;
  });
}
