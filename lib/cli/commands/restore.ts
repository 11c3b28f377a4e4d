import type { PlanView, RestoreSourceBody, RestoreView } from "../../client/api-types.ts";
import type { RestoreTargetBody } from "../../client/preview-types.ts";
import type { Call, FoundDatabase } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { countLoss, planLines } from "../remote/loss.ts";
import { resolveMoment } from "../remote/moment.ts";
import { withApproval } from "../remote/request-approval.ts";
import { followRestore, restoreLines } from "../remote/restore-report.ts";
import { wholeOf } from "../settings/settings.ts";
import { cleanCell } from "../text/clean-text.ts";
import { alone, type OptionValues, verb } from "../verb.ts";
import { waitOf } from "./backups.ts";
import { findPoint } from "./restore-points.ts";

const OPTIONS = {
  "restore-time": { value: "moment", about: "go back to this moment, read as the console's picker does" },
  "backup-key": { value: "key", about: "go back to this backup" },
  "restore-point": { value: "id|label", about: "go back to this label" },
  bookmark: { value: "bookmark", about: "go back to this committed state" },
  "target-kind": { value: "kind", about: "new_preview (the default), preview, new_database or project" },
  "preview-name": { value: "name", about: "of new_preview: its name" },
  "ttl-hours": {
    value: "hours",
    about: "of new_preview: deleted by itself after so many hours, 24 where nothing is said",
  },
  "preview-id": { value: "name|id", about: "of preview: which one is overwritten" },
  "database-name": { value: "name", about: "of new_database: its name" },
  "confirm-project-overwrite": { about: "of project and preview: overwrite it without being asked" },
  reason: { value: "text", about: "why; where others must approve, they decide by it" },
  plan: { about: "show what it would do and what would be lost, and do nothing" },
  wait: { about: "wait for its end" },
  "wait-timeout": { value: "seconds", about: "wait no longer than that; it goes on" },
  "idempotency-key": { value: "key", about: "the same key starts the same restore, however often it is sent" },
} as const;
type Values = OptionValues<typeof OPTIONS>;

/** A source as our own routes take it, and as /v1 does. */
type Source = { ours: RestoreSourceBody; v1: Readonly<Record<string, string>>; words: string };
type Target = { ours: RestoreTargetBody; v1: Readonly<Record<string, string | number | undefined>>; words: string };

/** One source into one target; the seed's verb. */
export const restore = alone(
  "restore",
  verb({
    about: "restore from one source into one target; nothing existing is touched unless the target says so",
    of: "database",
    options: OPTIONS,
    examples: [
      ["restore --backup-key <key> --preview-name inspect-monday --ttl-hours 24 --wait", "a backup in a preview"],
      ['restore --restore-time "5 minutes ago" --wait', "look at five minutes ago in a preview"],
      ["restore --restore-time 2026-06-09T14:30:00Z --target-kind project --plan", "what would be lost"],
      [
        "restore --restore-time 2026-06-09T14:30:00Z --target-kind project --confirm-project-overwrite --wait",
        "the project itself goes back; it can be undone",
      ],
    ],
    notes: [
      "The moment that was understood, and for an overwrite what would be lost, are shown before anything happens. Ctrl-C during --wait leaves the restore running.",
    ],
    async run(call, values) {
      const timeoutMs = waitOf(call, values["wait-timeout"]);
      requireFitting(call, values);
      const database = await call.database();
      const source = await readSource(call, database, values);
      const target = await readTarget(call, database, values);
      const isInPlace = target.ours.target === "project" || target.ours.target === "preview";
      const plan = await makePlan(call, database, source, target);
      const loss =
        target.ours.target === "project" && plan.plan.way !== "rows"
          ? await countLoss(call, database, plan.plan.to.bookmark)
          : null;
      const what = `${target.words} from ${source.words}`;
      const lines = planLines(plan, loss, { name: database.name, zone: call.settings.zone, what });
      if (values.plan) {
        call.output.answer({ ...plan, loss }, () => lines);
        return 0;
      }
      if (isInPlace) {
        const given = values["confirm-project-overwrite"] === true;
        const name = target.ours.target === "project" ? database.name : (values["preview-id"] ?? "");
        await confirm(call, { lines, name, flag: "--confirm-project-overwrite", given });
      }
      const started = await start(call, database, { source, target, values, planDigest: plan.plan.digest });
      const ended = values.wait ? await followRestore(call, database.route, started, timeoutMs) : started;
      call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
      return 0;
    },
  }),
);

/** Each option belongs to one target; given beside another one, something else was meant. */
function requireFitting(call: Call, values: Values): void {
  const kind = values["target-kind"] ?? "new_preview";
  const fitting: Readonly<Record<string, readonly string[]>> = {
    new_preview: ["preview-name", "ttl-hours"],
    preview: ["preview-id", "confirm-project-overwrite"],
    new_database: ["database-name"],
    project: ["confirm-project-overwrite"],
  };
  const own = Object.hasOwn(fitting, kind) ? (fitting[kind] ?? []) : null;
  if (own === null) {
    throw call.wrongly(`There is no target "${kind}": ${Object.keys(fitting).join(", ")}`);
  }
  const all = new Set(Object.values(fitting).flat());
  const stray = Object.entries(values).find(
    ([name, value]) => value !== undefined && all.has(name) && !own.includes(name),
  );
  if (stray) throw call.wrongly(`--${stray[0]} has no meaning for the target ${kind}`);
}

async function readSource(call: Call, database: FoundDatabase, values: Values): Promise<Source> {
  const names = ["restore-time", "backup-key", "restore-point", "bookmark"] as const;
  const given = names.filter((name) => values[name] !== undefined);
  const [name, another] = given;
  if (name === undefined || another !== undefined) {
    throw call.wrongly(`Give exactly one of ${names.map((one) => `--${one}`).join(", ")}`);
  }
  const text = values[name] ?? "";
  if (name === "backup-key")
    return { ours: { backupKey: text }, v1: { backup_key: text }, words: `the backup ${cleanCell(text)}` };
  if (name === "restore-point") {
    const { id, label } = await findPoint(call, database, text);
    return pointSource(id, label);
  }
  const { asked, bookmark } = await resolveMoment(call, database, text);
  if (asked.kind === "label") return pointSource(asked.restorePointId, asked.label);
  if (asked.kind === "bookmark") return { ours: { bookmark }, v1: { bookmark }, words: `the bookmark ${bookmark}` };
  const time = new Date(asked.atMs).toISOString();
  return { ours: { timestamp: asked.atMs }, v1: { restore_time: time }, words: time };
}

function pointSource(id: string, label: string): Source {
  return { ours: { snapshotId: id }, v1: { restore_point_id: id }, words: `the label "${cleanCell(label)}"` };
}

async function readTarget(call: Call, database: FoundDatabase, values: Values): Promise<Target> {
  const kind = values["target-kind"] ?? "new_preview";
  const name = cleanCell(database.name);
  if (kind === "project") return { ours: { target: kind }, v1: {}, words: `${name} goes back in place,` };
  if (kind === "new_database") {
    const made = values["database-name"];
    const ours = { target: kind, ...(made === undefined ? {} : { name: made }) } as const;
    return { ours, v1: { target_database_name: made }, words: `A new database of ${name}` };
  }
  if (kind === "preview") {
    const reference = values["preview-id"];
    if (reference === undefined) throw call.wrongly("Say which preview is overwritten, with --preview-id");
    const { id, name: preview } = await call.databaseNamed(reference);
    return {
      ours: { target: kind, previewId: id },
      v1: { preview_id: id },
      words: `The preview ${cleanCell(preview)} is overwritten`,
    };
  }
  const [made, ttlHours] = [values["preview-name"], wholeOf(call.verb, "ttl-hours", values["ttl-hours"])];
  const ours = {
    target: "new_preview" as const,
    ...(made === undefined ? {} : { name: made }),
    ...(ttlHours === undefined ? {} : { ttlHours }),
  };
  return { ours, v1: { preview_name: made, ttl_hours: ttlHours }, words: `A new preview of ${name}` };
}

function makePlan(call: Call, database: FoundDatabase, source: Source, target: Target): Promise<PlanView> {
  const timeoutMs = Math.max(call.settings.timeoutMs, 120_000);
  return call.api.post<PlanView>(`${database.route}/plan`, { ...source.ours, ...target.ours }, { timeoutMs });
}

type Start = { source: Source; target: Target; values: Values; planDigest: string };

async function start(call: Call, database: FoundDatabase, { source, target, values, planDigest }: Start) {
  const { reason } = values;
  const body = {
    ...source.v1,
    ...target.v1,
    target_kind: target.ours.target,
    plan_digest: planDigest,
    reason,
    ...(target.ours.target === "project" ? { confirm_project_overwrite: true } : {}),
  };
  const idempotencyKey = values["idempotency-key"] ?? true;
  const request = { kind: "restore.project", ...source.ours } as const;
  const { id } = await withApproval(call, database, { reason, request }, () =>
    call.api.post<{ id: string }>(`${database.v1}/restores`, body, { idempotencyKey }),
  );
  return call.api.get<RestoreView>(`${database.route}/restores/${id}`);
}
