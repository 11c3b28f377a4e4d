import type { CutOf, Layout, Stop } from "./power-world.ts";

/** What goes on when the power is cut. */
export const SCENES = ["idle", "writes", "seal", "mirror", "prune", "restore", "base", "register", "restart"] as const;
export type Scene = (typeof SCENES)[number];

/** One round: what is done, and when, where and in which order the power goes. */
export type Plan = {
  scene: Scene;
  /** Where the power is cut; null: `afterMs` after the scene has begun. */
  stop: Stop;
  afterMs: number;
  cutOf: CutOf;
  order: "engine first" | "power first";
  /** Hosted writes go on as well. */
  hosted: boolean;
  /** Foreign programs write before keepers and reader are there again. */
  writersFirst: boolean;
  /** Restores by SQLite's backup API instead of an appended commit. */
  byBackup: boolean;
};

export type Dice = { below(limit: number): number; of<T>(choices: readonly [T, ...T[]]): T };

/** Where the power is cut in each scene, as the beginnings of the names that the engine gives to its steps. */
const PLACES: Record<Scene, readonly string[]> = {
  idle: [],
  writes: ["capture.", "restart.", "window.", "checkpoint.", "relieve.", "wake.", "pin.", "hold.", "mirror.written"],
  seal: ["seal.", "seal.", "rotate.", "file."],
  mirror: ["mirror.synced", "mirror.checksums-written", "mirror.page-written", "mirror.sized", "file."],
  prune: ["prune.", "prune.", "materialise.", "file."],
  restore: ["apply.", "restore.", "intent.", "content.", "file.", "backup."],
  base: ["base.", "base.", "file.", "pin.", "keep."],
  register: [],
  restart: ["recover.", "open.", "heal.", "keep.", "pin.", "capture."],
};

/** One of every so many rounds of a scene is cut at any moment instead of at a named place. */
const ANY_MOMENT_OF = 4;

export function planRound(dice: Dice, layout: Layout): Plan {
  const scene = dice.of<Scene>([
    "writes",
    "writes",
    "seal",
    "seal",
    "mirror",
    "prune",
    "restore",
    "restore",
    "base",
    "restart",
    "register",
    "idle",
  ]);
  const places = PLACES[scene];
  const place = places[dice.below(Math.max(1, places.length))];
  const isNamed = place !== undefined && dice.below(ANY_MOMENT_OF) > 0;
  return {
    scene,
    stop: isNamed ? { place, visit: 1 + dice.below(dice.of([3, 3, 8, 20])) } : null,
    afterMs: scene === "register" ? 0 : scene === "restart" ? 50 + dice.below(700) : 20 + dice.below(400),
    cutOf: layout === "one" ? "both" : dice.of(["both", "database", "history"]),
    order: dice.of(["engine first", "power first"]),
    hosted: dice.below(3) === 0,
    writersFirst: dice.below(5) === 0,
    byBackup: dice.below(4) === 0,
  };
}

/** Mulberry32: the same seed rolls the same plans. */
export function rollDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, of: (choices) => choices[below(choices.length)] ?? choices[0] };
}
