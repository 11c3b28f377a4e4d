import type { Logger } from "pino";
import type { RuntimePaths } from "../../runtime-paths.ts";
import type { ProtectedDatabase } from "../engine.ts";
import type { ClusterPlaces } from "./cluster.ts";
import type { ClusterHistory } from "./history/cluster-history.ts";
import type { PostgresPrograms } from "./programs/find-programs.ts";
import type { ReceiverClient } from "./receiver/receiver-client.ts";
import type { AttachedCopies } from "./restore/attached-copies.ts";

/** What the parts of the engine share. */
export type PostgresContext = {
  paths: RuntimePaths;
  /** The folder with PostgreSQL's programs that the operator named; null: where the distribution puts them. */
  programsFolder: string | null;
  log: Logger;
  receiver: ReceiverClient;
  /** Whether states of servers of somebody else's may run here. */
  attachedCopies: AttachedCopies;
  places(db: { id: string }): ClusterPlaces;
  /** Read freshly. Throws `not_protected` while there is none, `history_damaged`. */
  historyOf(db: ProtectedDatabase): ClusterHistory;
  /** For the cluster's major version. Throws `not_supported`. */
  programsOf(db: ProtectedDatabase): PostgresPrograms;
};
