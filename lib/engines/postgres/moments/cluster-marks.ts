import type { CommitMark, CommitMarks } from "../../../domain/commit-mark.ts";
import { incarnationFolders } from "../history/cluster-history.ts";
import { indexFiles, readIfThere } from "../history/index-files.ts";
import { decodeNotes, type SegmentNote } from "../history/segment-notes.ts";
import { type ClusterCommit, type ClusterLine, position } from "./cluster-line.ts";

export type MarkRange = { fromMs: number; toMs: number; limit: number };
type Noted = { note: SegmentNote; commit: ClusterCommit };

const COUNT = new Intl.NumberFormat("en-US");

/** The name of the table that a file held within a stretch; null: nobody knows. */
export type NameOfFile = (activation: number, file: number) => string | null;
const NAMED = 2;

/**
 * The commits of [fromMs, toMs) that stand out, as far as the log tells: it names files and kinds of rows, no tables. So what is said
 * of them is never exact; which tables the files were is told where `nameOf` knows.
 */
export function clusterMarks(
  line: ClusterLine,
  directory: string,
  range: MarkRange,
  { oldest, nameOf = () => null }: { oldest: number; nameOf?: NameOfFile | undefined },
): CommitMarks {
  const { fromMs, toMs, limit } = range;
  const found: Noted[] = [];
  const notes = new Map<number, SegmentNote[]>();
  for (const { stretch, rankStart, rankEnd } of line.pieces) {
    // A commit with which a restore began its stretch is shown as that restore.
    const { incarnation } = stretch;
    const known = notes.get(incarnation) ?? readNotes(directory, incarnation);
    notes.set(incarnation, known);
    if (rankEnd === rankStart) continue;
    const [startLsn, endLsn] = [position(stretch.startLsn), stretch.endLsn === null ? null : position(stretch.endLsn)];
    for (const note of known) {
      if (note.lsn < startLsn || (endLsn !== null && note.lsn >= endLsn)) continue;
      const commit = line.commitAt(stretch.activation, note.lsn);
      if (commit && commit.ordinal > oldest && commit.timeMs >= fromMs && commit.timeMs < toMs) {
        found.push({ note, commit });
      }
    }
  }
  const chosen = choose(found, limit);
  return {
    marks: chosen.map((one) => markOf(line, one, nameOf)),
    leftOut: found.length - chosen.length,
    readThroughMs: line.settledThroughMs,
    isReading: false,
  };
}

function readNotes(directory: string, incarnation: number): SegmentNote[] {
  return decodeNotes(readIfThere(indexFiles(incarnationFolders(directory, incarnation).index).notes));
}

const isSchema = ({ changes }: SegmentNote) => changes.length > 0;

/** Of changes of the schema up to half of the limit, the latest, and for the rest the largest deletes; oldest first. */
function choose(found: readonly Noted[], limit: number): Noted[] {
  if (found.length <= limit) return [...found];
  const deletes = found.filter(({ note }) => !isSchema(note));
  const room = Math.max(Math.floor(limit / 2), limit - deletes.length);
  const changes = room > 0 ? found.filter(({ note }) => isSchema(note)).slice(-room) : [];
  const largest = deletes.sort((a, b) => b.note.deletes - a.note.deletes).slice(0, limit - changes.length);
  return [...changes, ...largest].sort((a, b) => a.commit.ordinal - b.commit.ordinal);
}

function markOf(line: ClusterLine, { note, commit }: Noted, nameOf: NameOfFile): CommitMark {
  const called = (file: number) => nameOf(commit.activation, file);
  const table = note.relation === null ? null : called(note.relation);
  const gone = [...new Set((note.files ?? []).flatMap((file) => called(file) ?? []))];
  const before = line.commit(commit.ordinal - 1);
  const kind = isSchema(note) ? "schema" : "delete";
  const { commits = 1, throughMs = commit.timeMs } = note;
  return {
    id: commits > 1 ? `deletes-${commit.ordinal}-${note.relation}` : `${kind}-${commit.ordinal}`,
    kind,
    timeMs: commit.timeMs,
    bookmark: line.bookmarkOf(commit),
    txid: commit.ordinal,
    before: before && { bookmark: line.bookmarkOf(before), timeMs: before.timeMs },
    words: kind === "delete" ? deleteWords(note.deletes, commits) : schemaWords(note, gone),
    table: kind === "delete" ? table : gone.length === 1 ? (gone[0] ?? null) : null,
    rows: kind === "delete" ? note.deletes : null,
    commits,
    throughMs,
    exact: false,
  };
}

function deleteWords(rows: number, commits: number): string {
  return `DELETE ${COUNT.format(rows)} rows${commits > 1 ? ` in ${COUNT.format(commits)} commits` : ""}`;
}

/** Rewriting a table makes one and takes one away in the same commit. */
function schemaWords({ changes, dropped }: SegmentNote, gone: readonly string[]): string {
  const has = new Set(changes);
  if (has.has("table_added") && has.has("table_removed")) return "Tables made and removed";
  if (has.has("table_removed")) return dropped > 0 ? `DROP TABLE${listed(gone)}` : "DROP of a definition";
  if (has.has("table_added")) return "CREATE TABLE";
  if (has.has("storage"))
    return gone.length > 0 ? `TRUNCATE${listed(gone)}, or written anew` : "TRUNCATE, or a table written anew";
  return has.has("columns") ? "ALTER TABLE or an index" : "Schema change";
}

/** Names as they follow a word; nothing where none is known. */
function listed(names: readonly string[]): string {
  if (names.length === 0) return "";
  const more = names.length - NAMED;
  return ` ${names.slice(0, NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
