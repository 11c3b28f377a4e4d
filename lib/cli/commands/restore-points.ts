import type { SnapshotView } from "../../client/api-types.ts";
import type { Call, FoundDatabase } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, readMoment, timeWords } from "../remote/moment.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

/** As /v1 answers a restore point. */
type RestorePoint = {
  id: string;
  label: string;
  kind: "pitr" | "backup";
  backup_key: string | null;
  restore_time: string | null;
  bookmark: string | null;
  recoverable: boolean;
  created_by: string | null;
  created_at: string;
};

const create = verb({
  about: "put a label on the present moment, another moment, or a backup",
  of: "database",
  options: {
    label: { value: "label", about: "1 to 80 characters" },
    kind: { value: "kind", about: "pitr (a moment, which is the default) or backup" },
    "restore-time": { value: "moment", about: "of kind pitr: the moment; now where it is left out" },
    "backup-key": { value: "key", about: "of kind backup: the backup" },
  },
  examples: [
    ['restore-points create --label "pre-launch" --kind pitr', "name the present moment before risky work"],
    ['restore-points create --label "v41" --kind backup --backup-key <key>', "keep a backup under a name"],
  ],
  async run(call, { label, kind, "restore-time": time, "backup-key": backup }) {
    if (label === undefined) throw call.wrongly("Give the label, with --label");
    const database = await call.database();
    const body = {
      label,
      kind,
      backup_key: backup,
      restore_time: time === undefined ? undefined : await toTime(call, database, time),
    };
    const point = await call.api.post<RestorePoint>(`${database.v1}/restore-points`, body);
    call.output.answer({ ...point }, () => pointLines(point, call.settings.zone));
    return 0;
  },
});

const list = verb({
  about: "every label of a database, the newest first",
  of: "database",
  options: {},
  examples: [
    ["restore-points list --database shop", "labels, what they are pinned to, and whether they can be restored"],
  ],
  async run(call) {
    const database = await call.database();
    const path = `${database.v1}/restore-points`;
    const found = { restore_points: await call.api.list<{ restore_points: RestorePoint }>(path, "restore_points") };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [{ head: "label" }, { head: "kind" }, { head: "moment or backup" }, { head: "recoverable" }, { head: "id" }],
        found.restore_points.map((point): Cell[] => [
          point.label,
          point.kind,
          point.backup_key ?? cellTime(toMs(point.restore_time), zone),
          point.recoverable ? { text: "yes", as: "good" } : { text: "no", as: "bad" },
          point.id,
        ]),
      ),
    );
    return 0;
  },
});

const remove = verb({
  about: "delete a label; the moment and the backup stay",
  takes: ["<id|label>"],
  of: "database",
  options: { yes: { about: "do not ask" } },
  examples: [["restore-points delete pre-launch --yes", "by its label, without being asked"]],
  async run(call, { yes = false }, [reference = ""]) {
    const database = await call.database();
    const point = await findPoint(call, database, reference);
    const lines = [
      `The label "${cleanCell(point.label)}" of ${cleanCell(database.name)} is deleted. Its moment stays.`,
    ];
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    await call.api.delete(`${database.v1}/restore-points/${point.id}`);
    call.output.answer({ deleted: point.id }, () => ["Deleted."]);
    return 0;
  },
});

/** A label by its id or its words; the newest of several that are the same. */
export async function findPoint(call: Call, database: FoundDatabase, reference: string): Promise<SnapshotView> {
  const snapshots = await call.api.list<{ snapshots: SnapshotView }>(`${database.route}/snapshots`, "snapshots");
  const found = snapshots.find(({ id, label }) => id === reference.toLowerCase() || label === reference);
  if (found) return found;
  const { LastgoodError } = await import("../../domain/errors.ts");
  throw new LastgoodError("not_found", `${database.name} has no label "${reference.slice(0, 100)}".`, {
    hint: `lastgood restore-points list --database ${database.name} names them.`,
  });
}

/** A moment that is named in words as /v1 takes it: Unix milliseconds as text, or a commit's time. */
async function toTime(call: Call, database: FoundDatabase, text: string): Promise<string> {
  const { resolveMoment } = await import("../remote/moment.ts");
  const read = await readMoment(call, database, text);
  if (read.kind === "time") return new Date(read.atMs).toISOString();
  const { timeMs } = await resolveMoment(call, database, text);
  return new Date(timeMs).toISOString();
}

const toMs = (time: string | null) => (time === null ? null : Date.parse(time));

function pointLines(point: RestorePoint, zone: string): string[] {
  const timeMs = toMs(point.restore_time);
  return factLines([
    ["label", point.label],
    ["kind", point.kind],
    ["moment", timeMs === null ? null : timeWords(timeMs, zone)],
    ["bookmark", point.bookmark],
    ["backup", point.backup_key],
    ["id", point.id],
  ]);
}

/** Labels on moments and backups. */
export const restorePoints = group("restore-points", "labels that are pinned to a moment or a backup", {
  create,
  list,
  delete: remove,
});
