import { DeleteStreak, type Streak } from "../../../domain/delete-streak.ts";

/** So many tables are followed at a time; whichever was written to longest ago is let go. */
const MOST_TABLES = 1_000;
/** A streak is told when it has grown by such a share since it was told last, and when the log has been read to its end. */
const GROWN = 1.5;
const REST_EVERY_MS = 2_000;

export type TableStreak = Streak & { relation: number };
type Followed = { sums: DeleteStreak; streak: TableStreak | null; toldRows: number; restedAtMs: number };

/** Rows that go from a table in many small transactions, table by table, as the log is read. */
export class TableStreaks {
  readonly #tables = new Map<number, Followed>();
  readonly #tell: (streak: TableStreak) => void;

  /** @param tell is given a streak, again with each call that finds it much longer */
  constructor(tell: (streak: TableStreak) => void) {
    this.#tell = tell;
  }

  /** Takes in a transaction that was committed. `lost`: by table, how many more rows it deleted than it inserted. */
  commit(lsn: number, timeMs: number, lost: ReadonlyMap<number, number>): void {
    for (const [relation, rows] of lost) {
      const followed = this.#followed(relation, rows);
      if (!followed) continue;
      const found = followed.sums.add(lsn, timeMs, rows);
      if (found?.from !== followed.streak?.from) {
        this.#tellOf(followed);
        followed.toldRows = 0;
      }
      followed.streak = found && { ...found, relation };
      if (found && found.rows >= followed.toldRows * GROWN) this.#tellOf(followed);
    }
  }

  /** The log has been read to its end: what has grown since is told, now and then. */
  rest(): void {
    const nowMs = performance.now();
    for (const followed of this.#tables.values()) {
      if (!followed.streak || nowMs - followed.restedAtMs < REST_EVERY_MS) continue;
      followed.restedAtMs = nowMs;
      this.#tellOf(followed);
    }
  }

  #tellOf(followed: Followed): void {
    const { streak, toldRows } = followed;
    if (!streak || streak.rows <= toldRows) return;
    followed.toldRows = streak.rows;
    this.#tell(streak);
  }

  /** Null where a table only grows: nothing has to be kept of those. */
  #followed(relation: number, rows: number): Followed | null {
    const known = this.#tables.get(relation);
    if (!known && rows <= 0) return null;
    const followed = known ?? {
      sums: new DeleteStreak(),
      streak: null,
      toldRows: 0,
      restedAtMs: Number.NEGATIVE_INFINITY,
    };
    this.#tables.delete(relation);
    this.#tables.set(relation, followed);
    if (this.#tables.size <= MOST_TABLES) return followed;
    for (const oldest of this.#tables.keys()) {
      this.#tables.delete(oldest);
      break;
    }
    return followed;
  }
}
