import { randomUUID } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { Bookmark } from "../../../domain/bookmark.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Copied, Restored, RestorePlan } from "../../../domain/restore.ts";
import type {
  EngineImages,
  ImageCopyOrder,
  ImageFacts,
  ImageSource,
  ImageStream,
  ImageTarget,
  ProtectedDatabase,
  RestoreAround,
  Run,
} from "../../engine.ts";
import { StageClock } from "../../stage-clock.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { readAccess } from "../receiver/access-file.ts";
import type { ClusterCapture } from "../receiver/cluster-capture.ts";
import { randomPassword } from "../receiver/password-verifier.ts";
import { checkIndexesIfAsked } from "../recovery/check-state.ts";
import type { Recoveries } from "../recovery/recoveries.ts";
import { APPLICATIONS, claimCopy, openToApplications } from "../restore/claim-copy.ts";
import { packState } from "../restore/pack-state.ts";
import { planOf } from "../restore/plan-cluster-restore.ts";
import { stopReady, swapIn } from "../restore/swap-in.ts";
import { openArchive } from "./open-archive.ts";
import { checkArchive, describeArchive, formatOf, writeArchivedState } from "./state-archive.ts";

const NOTHING_AROUND: RestoreAround = {
  holdWritesMs: null,
  before: () => Promise.resolve(),
  after: () => Promise.resolve(),
};
const PASSWORD_WITHIN_MS = 30_000;
const DRAFT_KEPT_MS = 24 * 60 * 60_000;

/** Physical backups of a cluster: a whole data directory each, recovered to its commit and verified before its first byte is given. */
export class ClusterImages implements EngineImages {
  readonly #context: PostgresContext;
  readonly #recoveries: Recoveries;
  readonly #capture: ClusterCapture;

  constructor(context: PostgresContext, recoveries: Recoveries, capture: ClusterCapture) {
    this.#context = context;
    this.#recoveries = recoveries;
    this.#capture = capture;
  }

  async read(db: ProtectedDatabase, at: Bookmark, run: Run): Promise<ImageStream> {
    const { serverVersion, superuser, systemIdentifier } = this.#context.historyOf(db);
    const folder = path.join(this.#context.paths.temporary, "cluster-images");
    removeOld(folder, Date.now());
    const file = path.join(folder, `${randomUUID()}.tar`);
    const server = await this.#recoveries.recover(db, at, { id: `image-${randomUUID()}`, purpose: "lasting" }, run);
    try {
      await server.stop();
      const isHosted = db.origin === "hosted";
      const { timeline, bookmark, timeMs } = server;
      writeArchivedState(server.directory, {
        version: 1,
        superuser,
        systemIdentifier,
        serverVersion,
        isHosted,
        timeline,
      });
      const sizeBytes = await packState(server.directory, file, run.signal);
      return { format: formatOf(serverVersion), bookmark, timeMs, sizeBytes, body: readOnce(file) };
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    } finally {
      await server.discard();
    }
  }

  describe(format: string, head: Uint8Array, sizeBytes: number): { pageSizeBytes: number; pageCount: number } {
    return describeArchive(format, head, sizeBytes);
  }

  async check(format: string, file: string): Promise<{ pageSizeBytes: number; pageCount: number }> {
    const head: Buffer[] = [];
    for await (const piece of createReadStream(file, { end: 1023 })) head.push(piece as Buffer);
    const described = describeArchive(format, Buffer.concat(head), statSync(file).size);
    await checkArchive(file);
    return described;
  }

  async planImage(db: ProtectedDatabase, image: ImageFacts, target: ImageTarget): Promise<RestorePlan> {
    const isBeside = target.kind === "new_preview" || target.kind === "new_database";
    if (!isBeside && db.origin === "attached") throw notInPlace();
    const { moments } = this.#recoveries;
    const from = await moments.current(db);
    return planOf({
      ...{ databaseId: db.id, target: target.kind, way: isBeside ? "copy" : "swap" },
      to: { bookmark: image.bookmark, timeMs: image.timeMs },
      from: { bookmark: from.bookmark, timeMs: from.timeMs },
      commits: await moments.between(db, image.bookmark, from.bookmark).then(
        ({ commits }) => commits,
        // Older than the window, or of another database: nobody knows.
        () => null,
      ),
      clusterBytes: image.pageSizeBytes * image.pageCount,
      walBytes: 0,
      isReady: false,
      leavesBehind: [],
      bound: ["backup", image.backupId, image.sha256, target.lastRestoreId],
    });
  }

  /** Harmless to repeat: a data directory that is in its place is whole. */
  async copyImage({ image, target, restoreId }: ImageCopyOrder, run: Run): Promise<Copied> {
    const clock = new StageClock(run);
    clock.enter("write");
    const { live, access } = this.#context.places(target);
    const order = { from: null as string | null, password: randomPassword() };
    let isHosted = true;
    if (!existsSync(path.join(live, "PG_VERSION"))) {
      const { server, state } = await openArchive(this.#context, target, { id: restoreId, image }, run);
      clock.enter("check");
      try {
        isHosted = state.isHosted;
        order.from = server.directory;
        order.password = readAccess(access)?.password ?? order.password;
        await claimCopy(server, order.password);
        if (!isHosted) await openToApplications(server);
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
    const { bookmark, timeMs } = image;
    const places = { ...order, appPassword: isHosted ? appPassword : null, restoreId, origin: bookmark };
    const hosted = await this.#capture.host(target, places);
    if (!isHosted) {
      const question = { database: target.id, role: APPLICATIONS, password: appPassword };
      await this.#context.receiver.ask("setPassword", question, PASSWORD_WITHIN_MS);
    }
    await this.#capture.protect(target, { kind: "existing" }, run);
    const first = await this.#recoveries.moments.current(target);
    return {
      ...{ reached: { bookmark, timeMs }, copy: { bookmark: first.bookmark, timeMs: first.timeMs }, pages: 0 },
      ...{ restoreWay: "swap", serverVersion: hosted.serverVersion },
      connection: {
        ...{ host: "127.0.0.1", port: hosted.port, sslMode: "disable", database: hosted.database },
        ...{ user: APPLICATIONS, password: appPassword },
      },
      timings: clock.end(),
    };
  }

  takeOverImage(
    db: ProtectedDatabase,
    restoreId: string,
    { bookmark, timeMs, fetch }: ImageSource,
    run: Run,
    around: RestoreAround = NOTHING_AROUND,
  ): Promise<Restored> {
    if (db.origin === "attached") throw notInPlace();
    const makeReady = async (again: Run) => {
      const { server, state } = await openArchive(this.#context, db, { id: restoreId, image: await fetch() }, again);
      try {
        const { systemIdentifier, serverVersion } = this.#context.historyOf(db);
        if (state.systemIdentifier !== systemIdentifier || state.serverVersion !== serverVersion)
          throw otherCluster(db);
        // Whatever the archive says of itself: it lay where others may write.
        await claimCopy(server, readAccess(this.#context.places(db).access)?.password ?? "");
        if (!state.isHosted) await openToApplications(server);
        await checkIndexesIfAsked(server, again);
        return await stopReady(server, null);
      } catch (error) {
        await server.discard();
        throw error;
      }
    };
    const goal = { reached: { bookmark, timeMs }, isThere: () => Promise.resolve(false), makeReady, needsBase: true };
    return swapIn(this.#context, db, { restoreId, goal, run, around });
  }
}

/** The bytes of a file that is removed once they were read, or nobody reads on. */
async function* readOnce(file: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const part of createReadStream(file, { highWaterMark: 256 * 1024 })) yield part as Buffer;
  } finally {
    rmSync(file, { force: true });
  }
}

/** What a process left that died while it made one. */
function removeOld(folder: string, nowMs: number): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) {
    const found = statSync(path.join(folder, name), { throwIfNoEntry: false });
    if (found && found.mtimeMs < nowMs - DRAFT_KEPT_MS) rmSync(path.join(folder, name), { force: true });
  }
}

function notInPlace(): LastgoodError {
  return new LastgoodError("not_supported", "The files of an attached server are not Lastgood's to exchange.", {
    hint: "Restore the backup to a preview or a new database, and point applications there.",
  });
}

function otherCluster(db: ProtectedDatabase): LastgoodError {
  return new LastgoodError("conflict", `The backup is of another cluster than ${db.name}.`, {
    hint: "Restore it to a new database, and point applications there.",
    outcome: "nothing",
  });
}
