import type { Copied } from "../../../domain/restore.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { EngineStored, StoredCopyOrder, StoredHistory, StoredMoment } from "../../engine-stored.ts";
import { ClusterMoments } from "../moments/cluster-moments.ts";
import { indexBroughtBack, requireHistory, resolveInCluster } from "../offline/stored-cluster.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { requirePrograms } from "../programs/find-programs.ts";
import type { ClusterCapture } from "../receiver/cluster-capture.ts";
import { Recoveries } from "../recovery/recoveries.ts";
import { notHere } from "./attached-copies.ts";
import { makeCopy } from "./make-copy.ts";

const ALL_DAYS = 36_500;

/** Histories of clusters that lie in folders of their own. */
export class StoredClusters implements EngineStored {
  readonly #context: PostgresContext;
  readonly #capture: ClusterCapture;

  constructor(context: PostgresContext, capture: ClusterCapture) {
    this.#context = context;
    this.#capture = capture;
  }

  /** Which server it was, and so whether the operator has listed it, is told by the metadata alone that were lost. */
  async requireCopyable({ origin }: Pick<StoredHistory, "origin">): Promise<void> {
    if (origin === "attached" && this.#context.attachedCopies !== "on")
      throw notHere("the server that this copy is of");
  }

  async resolve({ directory }: StoredHistory, at: StoredMoment) {
    await indexBroughtBack(directory);
    return resolveInCluster(directory, { ...at, justBefore: false });
  }

  /** Throws `not_supported` for a server of somebody else's whose states the operator does not let run here. */
  async copyStored({ history, to, target, restoreId }: StoredCopyOrder, run: Run): Promise<Copied> {
    // A name that no database here has: whoever brings a copy back may still have the database that it is of.
    const source: ProtectedDatabase = {
      ...{ id: restoreId, name: target.name, engine: "postgres", origin: history.origin },
      ...{ path: target.path, windowDays: ALL_DAYS },
    };
    const ours = this.#context;
    const isSource = (db: { id: string }) => db.id === source.id;
    const context: PostgresContext = {
      ...ours,
      places: (db) => (isSource(db) ? { ...ours.places(db), history: history.directory } : ours.places(db)),
      historyOf: (db) => (isSource(db) ? requireHistory(history.directory) : ours.historyOf(db)),
      programsOf: (db) => requirePrograms(ours.programsFolder, context.historyOf(db).serverVersion),
    };
    const recoveries = new Recoveries(context, new ClusterMoments(context));
    try {
      return await makeCopy({ context, recoveries, capture: this.#capture }, { source, to, target, restoreId }, run);
    } finally {
      await recoveries.close();
    }
  }
}
