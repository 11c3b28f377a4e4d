import type { Damage, IntactFolder, RandomSource } from "./damages.ts";
import { judgeDamage, type Verdict } from "./judge-damage.ts";
import type { RecordedHistory } from "./recorded-history.ts";

/** What came of many damages. Lists name every single case that must not be. */
export class DamageTally {
  tried = 0;
  named = 0;
  exact = 0;
  refused = 0;
  /** Not named by verification. */
  readonly unnamed: string[] = [];
  /** Restored to another state than was asked for, or failed without naming damage. */
  readonly wrong: string[] = [];
  /** Promised by verification and then not restored. */
  readonly broken: string[] = [];

  take(damage: Damage, { isNamed, outcomes }: Verdict): void {
    this.tried++;
    if (isNamed) this.named++;
    else this.unnamed.push(damage.what);
    for (const { txid, outcome, isPromised, detail } of outcomes) {
      if (outcome === "exact") this.exact++;
      if (outcome === "refused") this.refused++;
      const said = `${damage.what}; commit ${txid}: ${detail}`;
      if (outcome === "wrong" || outcome === "unexplained") this.wrong.push(said);
      if (isPromised && outcome === "refused" && detail !== "not asked") this.broken.push(said);
    }
  }

  summary(): object {
    const { tried, named, exact, refused, unnamed, wrong, broken } = this;
    return { tried, named, exact, refused, unnamed: unnamed.length, wrong: wrong.length, broken: broken.length };
  }
}

/**
 * Damages a history in each of the given ways, one at a time. Every one is verified; after each `restoreEvery`-th one a state
 * is restored as well, one of any age.
 */
export async function tryDamages(
  recorded: RecordedHistory,
  folder: IntactFolder,
  damages: Iterable<Damage>,
  random: RandomSource,
  { restoreEvery = 4, tally = new DamageTally() }: { restoreEvery?: number; tally?: DamageTally } = {},
): Promise<DamageTally> {
  const txids = [...recorded.states.keys()];
  for (const damage of damages) {
    const wanted = tally.tried % restoreEvery === 0 ? [txids[random(txids.length)] as number] : [];
    const verdict = await folder.whileDamaged(damage, () => judgeDamage(recorded, [...damage.files.keys()], wanted));
    tally.take(damage, verdict);
  }
  return tally;
}

/** A count that a longer run sets in the environment. */
export function knob(name: string, count: number): number {
  const set = process.env[name];
  return set === undefined ? count : Number.parseInt(set, 10);
}
