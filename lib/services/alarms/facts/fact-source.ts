import type { MetadataReader } from "../../../db/client.ts";
import type { AlarmFact, AlarmKind } from "../../../domain/alarm.ts";
import type { ClusterHealth } from "../../../domain/cluster-health.ts";
import type { CommitMark } from "../../../domain/commit-mark.ts";
import type { Gap } from "../../../domain/recovery-window.ts";

/** What an agent saw of one of its databases; null: it could not tell just now. */
export type SeenDatabase = {
  cluster: ClusterHealth | null;
  /** Unix milliseconds up to which every commit is in the history. */
  capturedThroughMs: number | null;
  /** Oldest first. */
  gaps: readonly Gap[] | null;
  /** Large deletes of late. */
  deletes: readonly CommitMark[] | null;
};

/** What only the agent knows, since it stands in no row. */
export type Seen = {
  databases: ReadonlyMap<string, SeenDatabase>;
  /** Jumps of its clock that no look has written down yet: when, and by how much. Unix milliseconds. */
  clockJumps: readonly { atMs: number; byMs: number }[];
};

export type FactWorld = {
  db: MetadataReader;
  nowMs: number;
  /** Whose databases are looked at: alarms of others are others' to raise and to resolve. */
  agentId: string;
  seen: Seen;
  /** Says that nothing can be told of a database or an agent now: its alarms stay as they are. */
  leaveAlone(subjectId: string): void;
};

/**
 * Finds what is so of certain kinds. It reads and nothing else, and may be run twice for one decision. One that throws leaves the alarms of its
 * kinds as they are.
 */
export type FactSource = {
  kinds: readonly AlarmKind[];
  /** It goes by what the agent saw: of databases that it did not see nothing can be told. */
  needsSeen?: true;
  find(world: FactWorld): Promise<AlarmFact[]>;
};

/** The databases of an agent that are to be protected. */
export function listWatched({ db, agentId }: Pick<FactWorld, "db" | "agentId">) {
  return db.database.findMany({
    where: { agentId, deletedAtMs: null, state: { in: ["active", "restoring"] } },
    select: { id: true, name: true, namespaceId: true, engine: true },
    orderBy: { id: "asc" },
  });
}
