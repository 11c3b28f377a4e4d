import type { RestoreView } from "../../client/api-types.ts";
import type { GiveBackPlanView } from "../../client/give-back-types.ts";
import { GIVE_BACK_KINDS, type GiveBackKind, type GiveBackTable } from "../../domain/give-back.ts";
import type { Call, FoundDatabase } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { giveBackLines, skipping } from "../remote/give-back-plan.ts";
import { resolveMoment } from "../remote/moment.ts";
import { followRestore, restoreLines } from "../remote/restore-report.ts";
import { group, type OptionValues, verb } from "../verb.ts";
import { waitOf } from "./backups.ts";

const CHOSEN = {
  from: { value: "moment", about: "the moment that the rows come from" },
  table: { value: "name", about: "rows of this table", multiple: true },
  key: { value: "key", about: "of one table: this row alone, its key as lastgood diff shows it", multiple: true },
  kinds: {
    value: "kinds",
    about: "removed (put missing rows in again), changed (set rows back), or both with a comma",
  },
  "with-parents": { about: "rows that the chosen ones refer to come along" },
} as const;
type Chosen = OptionValues<typeof CHOSEN>;

const plan = verb({
  about: "what giving rows back would do; nothing is changed",
  of: "database",
  options: CHOSEN,
  examples: [
    ['give-back plan --database shop --from "1 hour ago" --table orders', "which deleted orders would come back"],
  ],
  async run(call, values) {
    const database = await call.database();
    const view = await makePlan(call, database, await choose(call, database, values));
    call.output.answer({ ...view }, () => [...giveBackLines(view.plan, call.settings.zone), ...allowedLines(view)]);
    return 0;
  },
});

const run = verb({
  about: "copy rows from the past into the present, as one transaction that can be undone",
  of: "database",
  options: {
    ...CHOSEN,
    "skip-conflicts": { about: "leave out the rows in conflict, instead of doing nothing" },
    reason: { value: "text", about: "why, for the ledger" },
    yes: { about: "do not ask" },
    wait: { about: "wait for its end" },
    "wait-timeout": { value: "seconds", about: "wait no longer than that; it goes on" },
    "idempotency-key": { value: "key", about: "the same key gives back once, however often it is sent" },
  },
  examples: [
    ['give-back run --from "1 hour ago" --table orders --yes --wait', "the orders that were deleted since"],
    ["give-back run --from <bookmark> --table orders --key 1017 --kinds removed,changed --yes", "one row as it was"],
  ],
  async run(call, { "skip-conflicts": skips = false, reason, yes = false, wait, ...values }) {
    const timeoutMs = waitOf(call, values["wait-timeout"]);
    const database = await call.database();
    const chosen = await choose(call, database, values);
    const view = await makePlan(call, database, chosen);
    const lines = giveBackLines(view.plan, call.settings.zone);
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    const body = { ...chosen, planDigest: view.plan.digest, reason, ...(skips ? { onConflict: skipping() } : {}) };
    const started = await call.api.post<RestoreView>(`${database.route}/give-back`, body, {
      idempotencyKey: values["idempotency-key"] ?? true,
      headers: { prefer: "respond-async" },
    });
    const ended = wait ? await followRestore(call, database.route, started, timeoutMs) : started;
    call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
    return 0;
  },
});

type Selection = { from: { bookmark: string }; tables: GiveBackTable[]; include?: "parents"[] };

async function choose(call: Call, database: FoundDatabase, values: Chosen): Promise<Selection> {
  const { from, table: tables = [], key: keys, kinds } = values;
  if (from === undefined) throw call.wrongly("Say which moment the rows come from, with --from");
  const [only, another] = tables;
  if (only === undefined) throw call.wrongly("Say of which table, with --table");
  if (keys !== undefined && another !== undefined) throw call.wrongly("--key is for one table at a time");
  const wanted = kinds === undefined ? undefined : readKinds(call, kinds);
  const { bookmark } = await resolveMoment(call, database, from);
  return {
    from: { bookmark },
    tables: tables.map((name) => ({
      name,
      ...(keys === undefined ? {} : { keys: [...keys] }),
      ...(wanted === undefined ? {} : { kinds: wanted }),
    })),
    ...(values["with-parents"] ? { include: ["parents" as const] } : {}),
  };
}

function readKinds(call: Call, text: string): GiveBackKind[] {
  const given = text.split(",");
  const known = GIVE_BACK_KINDS.filter((kind) => given.includes(kind));
  if (known.length === given.length) return known;
  throw call.wrongly(`--kinds takes ${GIVE_BACK_KINDS.join(" or ")}, or both with a comma`);
}

function makePlan(call: Call, database: FoundDatabase, chosen: Selection): Promise<GiveBackPlanView> {
  const timeoutMs = Math.max(call.settings.timeoutMs, 120_000);
  return call.api.post<GiveBackPlanView>(`${database.route}/give-back/plan`, chosen, { timeoutMs });
}

const NOT_ALLOWED = {
  yes: [],
  ask: ["The policy lets nobody change existing rows alone: give back missing ones, or ask for a restore in place."],
  hours: ["The policy lets it not begin at this hour."],
  forbidden: ["This token may look only."],
} as const;

function allowedLines({ allowed }: GiveBackPlanView): readonly string[] {
  return NOT_ALLOWED[allowed];
}

/** Rows of the past into the present. */
export const giveBack = group("give-back", "copy single rows or tables from the past into the present", { plan, run });
