import path from "node:path";
import { z } from "zod";
import { writeFileDurably } from "../../../storage/durable-file.ts";
import type { ProtectedDatabase } from "../../engine.ts";
import { type ClusterHistory, incarnationFolders } from "../history/cluster-history.ts";
import { IncarnationIndex } from "../history/incarnation-index.ts";
import { readIfThere } from "../history/index-files.ts";
import type { PostgresContext } from "../postgres-context.ts";
import { Branch } from "./branch.ts";
import { ClusterLine, type StretchOrdinals } from "./cluster-line.ts";

/** A cluster's history as it is at one moment. */
export type OpenedHistory = {
  line: ClusterLine;
  branchOf(incarnation: number): Branch;
  /** Paths of segments that turned out not to be what was received. */
  damaged: Set<string>;
};

type Kept = { tag: string; indexes: Map<number, IncarnationIndex>; damaged: Set<string> };

const ordinalsSchema = z.object({
  version: z.literal(1),
  stretches: z.array(
    z.object({ activation: z.number(), before: z.number(), rankStart: z.number(), floorUs: z.number().optional() }),
  ),
});

/** What pruning wrote down of stretches whose log it took, in a cluster's history. */
export const ordinalsFile = (directory: string) => path.join(directory, "ordinals.json");

export function readOrdinals(directory: string): StretchOrdinals[] {
  const bytes = readIfThere(ordinalsFile(directory));
  return bytes.length === 0 ? [] : ordinalsSchema.parse(JSON.parse(bytes.toString("utf8"))).stretches;
}

/** Writes down, before log goes, which numbers the commits of each stretch have, and that none of it is earlier than what was before it. */
export function keepNumbers(directory: string, { pieces }: ClusterLine): void {
  const stretches = pieces.map(({ stretch, before, rankStart, floorUs }) => ({
    activation: stretch.activation,
    before,
    rankStart,
    floorUs,
  }));
  writeFileDurably(ordinalsFile(directory), Buffer.from(JSON.stringify({ version: 1, stretches })));
}

/** Histories of clusters, opened anew for each question; what cannot have changed is kept between them. */
export class OpenedHistories {
  readonly #context: PostgresContext;
  readonly #kept = new Map<string, Kept>();

  constructor(context: PostgresContext) {
    this.#context = context;
  }

  /** Throws as `PostgresContext.historyOf` does. */
  of(db: ProtectedDatabase): OpenedHistory {
    const history = this.#context.historyOf(db);
    const former = this.#kept.get(db.id);
    const kept = former?.tag === history.tag ? former : nothingKept(history);
    this.#kept.set(db.id, kept);
    return openHistory(history, this.#context.places(db).history, kept);
  }
}

const nothingKept = ({ tag }: ClusterHistory): Kept => ({ tag, indexes: new Map(), damaged: new Set() });

/** A cluster's history as it is now. */
export function openHistory(
  history: ClusterHistory,
  directory: string,
  kept: Kept = nothingKept(history),
): OpenedHistory {
  const fresh = new Set<number>();
  const indexOf = (incarnation: number) => {
    const known = kept.indexes.get(incarnation);
    const index = known ?? new IncarnationIndex(incarnationFolders(directory, incarnation).index, history.segmentBytes);
    kept.indexes.set(incarnation, index);
    if (!fresh.has(incarnation)) {
      fresh.add(incarnation);
      index.refresh();
    }
    return index;
  };
  const branches = new Map<number, Branch>();
  const branchOf = (incarnation: number) => {
    const known = branches.get(incarnation) ?? new Branch(history, directory, indexOf, incarnation, kept.damaged);
    branches.set(incarnation, known);
    return known;
  };
  return { line: new ClusterLine(history, indexOf, readOrdinals(directory)), branchOf, damaged: kept.damaged };
}
