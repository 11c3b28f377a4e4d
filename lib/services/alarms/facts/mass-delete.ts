import { type AlarmFact, DEFAULT_MASS_DELETE_ROWS } from "../../../domain/alarm.ts";
import type { CommitMark } from "../../../domain/commit-mark.ts";
import { type FactSource, listWatched } from "./fact-source.ts";

/** What goes on with pauses no longer than this is one thing, and rings once. Milliseconds. */
const PAUSE_MS = 60 * 60_000;

/** One commit, or many small ones within about a minute, took more rows away than a namespace holds for usual. */
export const massDelete: FactSource = {
  kinds: ["mass_delete"],
  needsSeen: true,
  async find(world) {
    const { db, seen, leaveAlone } = world;
    const watched = await listWatched(world);
    const settings = await db.alarmSettings.findMany({
      where: { namespaceId: { in: watched.map(({ namespaceId }) => namespaceId) } },
      select: { namespaceId: true, massDeleteRows: true },
    });
    const limits = new Map(settings.map(({ namespaceId, massDeleteRows }) => [namespaceId, massDeleteRows]));
    return watched.flatMap(({ id: databaseId, namespaceId }) => {
      const limit = limits.get(namespaceId) === undefined ? DEFAULT_MASS_DELETE_ROWS : limits.get(namespaceId);
      const deletes = seen.databases.get(databaseId)?.deletes ?? null;
      if (deletes === null) leaveAlone(databaseId);
      if (deletes === null || typeof limit !== "number") return [];
      const single = deletes.filter(({ rows, commits }) => commits === 1 && (rows ?? 0) >= limit);
      const streaks = deletes.filter((mark) => mark.commits > 1 && besides(mark, single) >= limit);
      return [
        ...single.map((mark) => ({
          ...factOf(databaseId, mark, mark.rows ?? 0),
          cause: `${mark.timeMs}-${mark.txid}`,
          text: `One commit took a lot away: ${mark.words}${fromTable(mark)}.`,
        })),
        ...chainsOf(streaks).map((chain) => describeChain(databaseId, chain)),
      ];
    });
  },
};

/** Rows of many commits less those of single ones among them that ring by themselves. */
function besides({ timeMs, throughMs, rows }: CommitMark, single: readonly CommitMark[]): number {
  const among = single.filter((one) => one.timeMs >= timeMs && one.timeMs <= throughMs);
  return among.reduce((left, one) => left - (one.rows ?? 0), rows ?? 0);
}

/** What belongs together: of one table, and not long after another. */
function chainsOf(streaks: readonly CommitMark[]): CommitMark[][] {
  const named = streaks.filter(({ table }) => table !== null);
  // Large values of a PostgreSQL table are rows of another one, which has no name.
  const isBesideNamed = (mark: CommitMark) =>
    mark.table === null && named.some((one) => one.timeMs <= mark.throughMs && mark.timeMs <= one.throughMs);
  const chains: CommitMark[][] = [];
  for (const mark of streaks.filter((one) => !isBesideNamed(one)).toSorted((a, b) => a.timeMs - b.timeMs)) {
    const chain = chains.findLast(([first]) => first?.table === mark.table);
    const last = chain?.at(-1);
    if (chain && last && mark.timeMs - last.throughMs < PAUSE_MS) chain.push(mark);
    else chains.push([mark]);
  }
  return chains;
}

function describeChain(databaseId: string, chain: readonly CommitMark[]): AlarmFact {
  const [first, last] = [chain[0] as CommitMark, chain.at(-1) as CommitMark];
  const sum = (of: (mark: CommitMark) => number) => chain.reduce((total, mark) => total + of(mark), 0);
  const rows = sum((mark) => mark.rows ?? 0);
  const number = new Intl.NumberFormat("en-US");
  const took = `${number.format(rows)} rows in ${number.format(sum(({ commits }) => commits))} commits`;
  const seconds = Math.max(1, Math.round((last.throughMs - first.timeMs) / 1000));
  const within = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return {
    ...factOf(databaseId, first, rows),
    cause: `${first.timeMs}-${first.txid}-${first.table ?? ""}`,
    text: `Many small commits took a lot away: DELETE ${took}${fromTable(first)} within ${within}.`,
  };
}

const fromTable = ({ table }: CommitMark) => (table === null ? "" : ` from ${table}`);

function factOf(databaseId: string, { timeMs, table, before }: CommitMark, rows: number): Omit<AlarmFact, "text"> {
  return {
    kind: "mass_delete",
    subject: { databaseId },
    sinceMs: timeMs,
    remedy: "If nobody meant that, go back to just before it, or give single rows back.",
    figures: {
      rows,
      table,
      before: before && new Date(before.timeMs).toISOString(),
      bookmark: before?.bookmark ?? null,
    },
  };
}
