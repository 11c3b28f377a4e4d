import { toInstant, toSize } from "./stored-history-lines.ts";

type Edge = { txid: number; bookmark: string | null; timeMs: number | null };
type Commits = { fromTxid: number; toTxid: number | null };
/** The parts of a verification's report that are shown. */
type Report = {
  ok: boolean;
  files: number;
  bytes: number;
  commits: number;
  damage: readonly { file: string; part: string; cause: string; commits: Commits | null }[];
  restorable: readonly { from: Edge; to: Edge; way: "forwards" | "backwards" | "either" }[];
  lost: readonly { from: Edge; to: Edge | null }[];
  remarks: readonly string[];
};

const WAYS = {
  forwards: "from the base image",
  backwards: "from the mirror",
  either: "from either end",
} as const;

/** What a verification found as text: the verdict first, then every damaged part, then what it costs. */
export function toReportLines(directory: string, report: Report): string[] {
  const { ok, files, bytes, commits, damage, restorable, lost, remarks } = report;
  const read = `${files} files, ${toSize(bytes)}, ${commits} commits read`;
  return [
    ok ? `${directory} is intact: ${read}` : `${directory} is damaged: ${read}`,
    ...damage.map(({ file, part, cause, commits }) => `damaged    ${file}, ${part}: ${cause}${costs(commits)}`),
    ...lost.map(({ from, to }) => `lost       ${edge(from)} to ${to ? edge(to) : "an unknown end"}`),
    ...restorable.map(({ from, to, way }) => `restorable ${edge(from)} to ${edge(to)}, ${WAYS[way]}`),
    ...(restorable.length === 0 ? ["restorable nothing"] : []),
    ...remarks.map((remark) => `note       ${remark}`),
  ];
}

function costs(commits: Commits | null): string {
  if (!commits) return " (costs no commit)";
  const { fromTxid, toTxid } = commits;
  if (toTxid === null) return ` (commits from ${fromTxid} on)`;
  return fromTxid === toTxid ? ` (commit ${fromTxid})` : ` (commits ${fromTxid} to ${toTxid})`;
}

function edge({ txid, bookmark, timeMs }: Edge): string {
  if (bookmark === null || timeMs === null) return `commit ${txid}`;
  return `${toInstant(timeMs)} ${bookmark}`;
}
