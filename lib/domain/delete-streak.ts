/** Rows that go within so long, in however many commits, count as one delete. Milliseconds. */
export const STREAK_WINDOW_MS = 60_000;
/** Fewer rows in a minute are everyday business. */
export const LEAST_STREAK_ROWS = 1_000;

/**
 * Many commits in a row that each took some rows away: a program's loop. `from` and `through` are numbers of commits or positions, rising
 * with time. Rows that came meanwhile are taken off.
 */
export type Streak = {
  from: number;
  through: number;
  /** Unix milliseconds. */
  fromMs: number;
  throughMs: number;
  rows: number;
  /** Of the commit that took most. */
  largest: number;
  commits: number;
};

type Second = Streak;
/** With it a `DeleteStreak` goes on in another process. */
export type StreakState = { seconds: Second[]; open: (Streak & { untilMs: number }) | null };

/**
 * Adds up what commits took away over a minute that slides along, by the second. When that becomes much, a streak begins, back where the
 * minute did, and takes in what follows for another minute: so what went within a minute lies within one streak. A queue, in which as many
 * rows come as go, comes to nothing.
 */
export class DeleteStreak {
  /** Goes on living with it: whoever writes it down later writes what is so then. */
  readonly state: StreakState;
  #rows: number;

  constructor(state: StreakState = { seconds: [], open: null }) {
    this.state = state;
    this.#rows = state.seconds.reduce((sum, { rows }) => sum + rows, 0);
  }

  /**
   * Takes in one commit, in their order.
   * @param rows how many more rows went than came
   * @returns the streak that it belongs to, the same object while it lasts; null: none so far
   */
  add(at: number, timeMs: number, rows: number): Streak | null {
    const { state } = this;
    if (state.open && timeMs > state.open.untilMs) this.end();
    if (state.open) {
      include(state.open, at, timeMs, rows);
      return state.open;
    }
    if (rows <= 0 && state.seconds.length === 0) return null;
    this.#remember(at, timeMs, rows);
    if (this.#rows < LEAST_STREAK_ROWS) return null;
    const largest = Math.max(...state.seconds.map((second) => second.largest));
    // One large delete is told by itself.
    if (this.#rows - largest < LEAST_STREAK_ROWS) return null;
    state.open = { ...joined(state.seconds), untilMs: timeMs + STREAK_WINDOW_MS };
    return state.open;
  }

  /** Ends what there is of a streak: what follows belongs to another one. */
  end(): void {
    Object.assign(this.state, { seconds: [], open: null });
    this.#rows = 0;
  }

  #remember(at: number, timeMs: number, rows: number): void {
    const { seconds } = this.state;
    for (let [first] = seconds; first && first.fromMs <= timeMs - STREAK_WINDOW_MS; [first] = seconds) {
      this.#rows -= first.rows;
      seconds.shift();
    }
    const last = seconds.at(-1);
    this.#rows += rows;
    if (last && Math.floor(timeMs / 1000) <= Math.floor(last.fromMs / 1000)) include(last, at, timeMs, rows);
    else seconds.push({ ...begun(at, timeMs), rows, largest: Math.max(0, rows), commits: Number(rows > 0) });
  }
}

/** What went in several seconds, from the first one on in which something did. */
function joined(seconds: readonly Second[]): Streak {
  const those = seconds.slice(seconds.findIndex(({ rows }) => rows > 0));
  const first = those[0] as Second;
  const all: Streak = { ...begun(first.from, first.fromMs), rows: 0, largest: 0, commits: 0 };
  for (const { through, throughMs, rows, largest, commits } of those) {
    Object.assign(all, { through, throughMs, largest: Math.max(all.largest, largest) });
    all.rows += rows;
    all.commits += commits;
  }
  return all;
}

const begun = (at: number, timeMs: number) => ({ from: at, through: at, fromMs: timeMs, throughMs: timeMs });

function include(streak: Streak, at: number, timeMs: number, rows: number): void {
  streak.rows += rows;
  if (rows <= 0) return;
  streak.through = at;
  streak.throughMs = timeMs;
  streak.largest = Math.max(streak.largest, rows);
  streak.commits += 1;
}
