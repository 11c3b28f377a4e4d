import type { BackupsView, BackupView } from "../../client/backup-types.ts";
import { formatBytes } from "../../client/format-bytes.ts";
import { formatCount } from "../../client/format-count.ts";
import { isErrorCode, LastgoodError } from "../../domain/errors.ts";
import type { Call, FoundDatabase } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { follow } from "../remote/follow.ts";
import { cellTime, timeWords } from "../remote/moment.ts";
import { saveDownload } from "../remote/save-download.ts";
import { secondsOf, wholeOf } from "../settings/settings.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const WAITING = {
  wait: { about: "wait for its end" },
  "wait-timeout": { value: "seconds", about: "wait no longer than that; it goes on" },
} as const;

const create = verb({
  about: "make a backup of the present state",
  of: "database",
  options: {
    label: { value: "label", about: "what it is for, 1 to 80 characters" },
    kind: { value: "kind", about: "physical (the whole database, which is the default) or portable (a JSON document)" },
    "exclude-table": { value: "name", about: "of a portable one: leave this table out", multiple: true },
    schema: { value: "name", about: "of a portable one: this schema alone" },
    ...WAITING,
    "idempotency-key": { value: "key", about: "the same key makes the same backup, however often it is sent" },
  },
  examples: [
    ['backups create --label "before-the-big-migration" --wait', "and wait until it is stored and read back"],
    ["backups create --wait --json | jq -r .key", "for a script: its key"],
  ],
  async run(call, { label, kind, "exclude-table": excludeTables, schema, wait, ...more }) {
    const timeoutMs = waitOf(call, more["wait-timeout"]);
    const database = await call.database();
    const body = { label, kind, excludeTables, schema };
    const idempotencyKey = more["idempotency-key"] ?? true;
    const started = await call.api.post<BackupView>(`${database.route}/backups`, body, { idempotencyKey });
    const backup = wait ? await followBackup(call, database, started, timeoutMs) : started;
    call.output.answer({ ...backup }, () => backupLines(backup, database, call.settings.zone));
    return 0;
  },
});

const list = verb({
  about: "backups of a database, the newest first",
  of: "database",
  options: {
    limit: { value: "backups", about: "at most so many, up to 100" },
    after: { value: "next", about: "go on behind a former answer's `next`" },
  },
  examples: [["backups list --database shop", "keys, labels, sizes and how long each is kept"]],
  async run(call, { limit, after }) {
    const database = await call.database();
    const query = { limit: wholeOf(call.verb, "limit", limit), after };
    const page = await call.api.get<BackupsView>(`${database.route}/backups`, query);
    const { zone } = call.settings;
    call.output.answer({ ...page }, () => [
      ...tableLines(
        [
          { head: "made" },
          { head: "status" },
          { head: "kind" },
          { head: "size", align: "right" },
          { head: "label" },
          { head: "kept until" },
          { head: "key" },
        ],
        page.backups.map((backup): Cell[] => [
          cellTime(backup.createdAtMs, zone),
          statusCell(backup),
          backup.kind,
          backup.sizeBytes === null ? null : formatBytes(backup.sizeBytes),
          backup.label,
          cellTime(backup.expiresAtMs, zone) ?? (backup.pins.length > 0 ? "pinned" : "deleted by hand"),
          backup.key ?? backup.id,
        ]),
      ),
      ...(page.next === null ? [] : [`more with --after ${page.next}`]),
    ]);
    return 0;
  },
});

const show = verb({
  about: "everything about one backup",
  takes: ["<id|key>"],
  of: "database",
  options: {},
  examples: [["backups show <key>", "size, state, checks, labels"]],
  async run(call, _values, [reference = ""]) {
    const database = await call.database();
    const backup = await call.api.get<BackupView>(routeOf(database, reference));
    call.output.answer({ ...backup }, () => backupLines(backup, database, call.settings.zone));
    return 0;
  },
});

const verify = verb({
  about: "read a backup whole and compare it with what was stored",
  takes: ["<id|key>"],
  of: "database",
  options: {},
  examples: [["backups verify <key>", "begin; backups show tells what came of it"]],
  async run(call, _values, [reference = ""]) {
    const database = await call.database();
    await call.api.post(`${routeOf(database, reference)}/verify`, undefined);
    const backup = await call.api.get<BackupView>(routeOf(database, reference));
    call.output.answer({ ...backup }, () => [
      ...backupLines(backup, database, call.settings.zone),
      "",
      "It is being read. lastgood backups show tells what came of it.",
    ]);
    return 0;
  },
});

const download = verb({
  about: "save what a backup holds as a file",
  takes: ["<id|key>"],
  of: "database",
  options: { output: { value: "file", short: "o", about: "where to; a file that is not there yet" } },
  examples: [["backups download <key> -o shop.db", "the whole database as a file"]],
  async run(call, { output }, [reference = ""]) {
    if (output === undefined) throw call.wrongly("Say where to, with --output");
    const database = await call.database();
    const saved = await saveDownload(call, `${routeOf(database, reference)}/download`, output);
    call.output.answer(saved, () => [`${cleanCell(saved.output)}: ${formatBytes(saved.sizeBytes)}`]);
    return 0;
  },
});

const cancel = verb({
  about: "stop a backup that is being made",
  takes: ["<id>"],
  of: "database",
  options: {},
  examples: [["backups cancel <id>", "nothing of it stays"]],
  async run(call, _values, [reference = ""]) {
    const database = await call.database();
    const backup = await call.api.post<BackupView>(`${routeOf(database, reference)}/cancel`, undefined);
    call.output.answer({ ...backup }, () => backupLines(backup, database, call.settings.zone));
    return 0;
  },
});

const remove = verb({
  about: "delete a backup; for a while it can be brought back",
  takes: ["<id|key>"],
  of: "database",
  options: { yes: { about: "do not ask" } },
  examples: [["backups delete <key> --yes", "without being asked"]],
  async run(call, { yes = false }, [reference = ""]) {
    const database = await call.database();
    const backup = await call.api.get<BackupView>(routeOf(database, reference));
    const lines = ["This backup is deleted:", ...backupLines(backup, database, call.settings.zone)];
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    await call.api.delete(routeOf(database, reference));
    call.output.answer({ deleted: backup.id }, () => [
      `Deleted. lastgood backups undelete ${backup.id} --database ${cleanCell(database.name)} brings it back for a while.`,
    ]);
    return 0;
  },
});

const undelete = verb({
  about: "bring a deleted backup back",
  takes: ["<id|key>"],
  of: "database",
  options: {},
  examples: [["backups undelete <key>", "while its grace period lasts"]],
  async run(call, _values, [reference = ""]) {
    const database = await call.database();
    const backup = await call.api.post<BackupView>(`${routeOf(database, reference)}/undelete`, undefined);
    call.output.answer({ ...backup }, () => backupLines(backup, database, call.settings.zone));
    return 0;
  },
});

const routeOf = (database: FoundDatabase, reference: string) =>
  `${database.route}/backups/${encodeURIComponent(reference)}`;

/** The --wait-timeout of a call; null: for as long as it takes. */
export function waitOf(call: Call, text: string | undefined): number | null {
  return text === undefined ? null : secondsOf(call.verb, "wait-timeout", text, 1) * 1000;
}

async function followBackup(
  call: Call,
  database: FoundDatabase,
  { id }: BackupView,
  timeoutMs: number | null,
): Promise<BackupView> {
  const ended = await follow<BackupView>({
    look: () => call.api.get(routeOf(database, id)),
    isOver: ({ status }) => status !== "queued" && status !== "running",
    tell: ({ progress, status }) => ({
      stage: status === "queued" ? "waiting for its turn" : (progress?.stage ?? "starting"),
      share: progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : 0,
      detail: progress && progress.total > 0 ? `${formatBytes(progress.done)} of ${formatBytes(progress.total)}` : "",
    }),
    what: "the backup",
    resume: `lastgood backups show ${id} --database ${database.name}`,
    details: { backupId: id, database: database.name },
    output: call.output,
    timeoutMs,
  });
  if (ended.status === "completed") return ended;
  const { error, status } = ended;
  const known = error !== null && isErrorCode(error.code) ? error.code : "internal";
  throw new LastgoodError(
    status === "cancelled" ? "cancelled" : known,
    error?.message ?? `The backup ended as ${status}.`,
    { hint: error?.hint ?? "Look at the cause and try again.", backupId: id, status },
  );
}

function statusCell({ status, damage, deleted }: BackupView): Cell {
  if (deleted !== null) return { text: "deleted", as: "dim" };
  if (damage !== null) return { text: "damaged", as: "bad" };
  return { text: status, as: status === "completed" ? "good" : status === "failed" ? "bad" : "warning" };
}

function backupLines(backup: BackupView, database: FoundDatabase, zone: string): string[] {
  const { key, kind, label, trigger, timeMs, sizeBytes, rawBytes, tables, rows, place, error, damage } = backup;
  return factLines([
    ["backup", backup.id],
    ["key", key],
    ["status", statusCell(backup)],
    ["of", `${database.name}, ${kind}, ${trigger.replace("_", " ")}`],
    ["label", label],
    ["state", timeMs === null ? null : `${timeWords(timeMs, zone)}  ${backup.bookmark ?? ""}`],
    [
      "size",
      sizeBytes === null
        ? null
        : `${formatBytes(sizeBytes)} stored${rawBytes === null ? "" : ` of ${formatBytes(rawBytes)}`}`,
    ],
    [
      "holds",
      tables === null ? null : `${formatCount(tables, "table")}${rows === null ? "" : `, ${formatCount(rows, "row")}`}`,
    ],
    [
      "where",
      `${place.kind === "disk" ? "the agent's disk" : `the bucket ${place.bucket}`}${backup.encrypted ? ", sealed" : ""}`,
    ],
    ["checked", cellTime(backup.verifiedAtMs, zone)],
    ["damage", damage === null ? null : { text: damage, as: "bad" }],
    ["labels", backup.pins.length === 0 ? null : backup.pins.map((pin) => pin.label).join(", ")],
    ["kept until", cellTime(backup.expiresAtMs, zone)],
    ["error", error === null ? null : { text: error.message, as: "bad" }],
  ]);
}

/** Full copies with a key. */
export const backups = group("backups", "stored full copies of a database, each with a key", {
  create,
  list,
  show,
  verify,
  download,
  cancel,
  delete: remove,
  undelete,
});
