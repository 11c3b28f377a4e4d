import type { DatabaseDiff, TableDiff } from "../../../domain/diff.ts";
import type { FileKey } from "../history/touched-files.ts";
import { compareSchemas, readSchema } from "./schema-entries.ts";
import { type Sessions, TableComparison } from "./table-comparison.ts";
import { readTableForms, type TableForm } from "./table-forms.ts";
import { refusalOf, type TablePair } from "./table-pair.ts";
import { findUntouched } from "./untouched-tables.ts";

export type Compared = Pick<DatabaseDiff, "progress" | "tables" | "sameTables" | "schema"> & { isComplete: boolean };

export const NOTHING_YET: Compared = { isComplete: false, progress: null, tables: [], sameTables: [], schema: [] };

/** Compares all tables of two states, which are two servers' databases. `here` has the later end of the question, `there` its beginning. */
export class ClusterComparison {
  readonly sessions: Sessions;
  readonly #tables = new Map<string, TableComparison>();
  readonly #refused = new Map<string, string>();
  readonly #touched: ReadonlySet<FileKey> | null;
  /** Tables whose rows were not read, since the log between the two states does not name them. */
  passedOver = 0;
  #compared: Compared = NOTHING_YET;

  /** @param touched what the log between the states has touched; null: not known, so that everything is read */
  constructor(sessions: Sessions, touched: ReadonlySet<FileKey> | null = null) {
    this.sessions = sessions;
    this.#touched = touched;
  }

  get compared(): Compared {
    return this.#compared;
  }

  /** The comparison of a table; null for one that neither state has, or that is not compared. */
  table(name: string): TableComparison | null {
    return this.#tables.get(name) ?? null;
  }

  /** Why a table is not compared; null when it is, or is not there. */
  refusal(name: string): string | null {
    return this.#refused.get(name) ?? null;
  }

  async run(): Promise<void> {
    const { here, there } = this.sessions;
    const [before, after, oldSchema, newSchema] = [
      await readTableForms(there),
      await readTableForms(here),
      await readSchema(there),
      await readSchema(here),
    ];
    const pairs = pairUp(after, before);
    const isUntouched = await findUntouched(this.#touched, this.sessions);
    this.#compared = { ...NOTHING_YET, schema: compareSchemas(oldSchema, newSchema) };
    let done = 0;
    for (const [number, pair] of pairs.entries()) {
      this.#tell(done++, pairs.length);
      const refusal = refusalOf(pair);
      if (refusal !== null) {
        this.#refused.set(pair.name, refusal);
        continue;
      }
      const table = new TableComparison(pair, this.sessions, number);
      if (isUntouched(pair)) this.passedOver += 1;
      else await table.compare();
      this.#tables.set(pair.name, table);
    }
    this.#tell(done, pairs.length, true);
  }

  #tell(done: number, total: number, isComplete = false): void {
    const compared = [...this.#tables.values()];
    const tables = [
      ...compared.filter((one) => one.differs || !one.pair.here || !one.pair.there).map(describe),
      ...[...this.#refused].map(([name, reason]) => notCompared(name, reason)),
    ];
    this.#compared = {
      isComplete,
      progress: isComplete ? null : { done, total },
      tables: tables.sort((a, b) => (a.name < b.name ? -1 : 1)),
      sameTables: compared
        .filter((one) => !one.differs && one.pair.here && one.pair.there)
        .map(({ pair }) => pair.name),
      schema: this.#compared.schema,
    };
  }
}

/** Tables of both sides by name. */
export function pairUp(here: readonly TableForm[], there: readonly TableForm[]): TablePair[] {
  const names = [...new Set([...here, ...there].map(({ name }) => name))].sort();
  const byName = (forms: readonly TableForm[]) => new Map(forms.map((form) => [form.name, form]));
  const [ours, theirs] = [byName(here), byName(there)];
  return names.map((name) => ({ name, here: ours.get(name) ?? null, there: theirs.get(name) ?? null }));
}

function describe({ pair, counts }: TableComparison): TableDiff {
  const reasons = [
    pair.here && pair.there ? null : "Only one of the two moments has this table.",
    (pair.here ?? pair.there)?.key ? null : "It has no key of its own: its rows are told apart by all that they hold.",
  ].filter((reason) => reason !== null);
  return {
    name: pair.name,
    added: counts.here,
    removed: counts.there,
    changed: counts.changed,
    exact: true,
    how: "full",
    reason: reasons.length > 0 ? reasons.join(" ") : null,
  };
}

function notCompared(name: string, reason: string): TableDiff {
  return { name, added: 0, removed: 0, changed: 0, exact: false, how: "not-compared", reason };
}
