import { formatBytes } from "../../client/format-bytes.ts";
import type { PreviewsView, PreviewView } from "../../client/preview-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Call, FoundDatabase } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, resolveMoment, timeWords } from "../remote/moment.ts";
import { followRestore, restoreLines } from "../remote/restore-report.ts";
import { saveDownload } from "../remote/save-download.ts";
import { wholeOf } from "../settings/settings.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";
import { waitOf } from "./backups.ts";

const list = verb({
  about: "previews of a project, the newest first",
  of: "database",
  options: {},
  examples: [["previews list --database shop", "what they show and when each is deleted by itself"]],
  async run(call) {
    const database = await call.database();
    const pages = await call.api.pages<PreviewsView>(`${database.route}/previews`);
    const found = { previews: pages.flatMap(({ previews }) => previews), limit: pages[0].limit };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "name" },
          { head: "state" },
          { head: "shows" },
          { head: "ends" },
          { head: "size", align: "right" },
          { head: "made by" },
          { head: "id" },
        ],
        found.previews.map((one): Cell[] => [
          one.name,
          { text: one.state, as: one.state === "active" ? "good" : one.state === "failed" ? "bad" : "warning" },
          cellTime(one.sourceTimeMs, zone),
          cellTime(one.expiresAtMs, zone),
          one.databaseBytes === null ? null : formatBytes(one.databaseBytes),
          one.createdBy,
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

const create = verb({
  about: "a moment of a project as a database of its own for a while",
  of: "database",
  options: {
    at: { value: "moment", about: "the moment to show; now where it is left out" },
    name: { value: "name", about: "its name" },
    "ttl-hours": { value: "hours", about: "deleted by itself after so many hours, 24 where nothing is said" },
    reason: { value: "text", about: "why" },
    wait: { about: "wait until it is there" },
    "wait-timeout": { value: "seconds", about: "wait no longer than that; it goes on" },
    "idempotency-key": { value: "key", about: "the same key makes the same preview, however often it is sent" },
  },
  examples: [
    ['previews create --database shop --at "yesterday 18:00" --name before --wait', "a day ago, to try things on"],
  ],
  async run(call, { at = "now", name, "ttl-hours": ttl, reason, wait, ...more }) {
    const timeoutMs = waitOf(call, more["wait-timeout"]);
    const ttlHours = wholeOf(call.verb, "ttl-hours", ttl);
    const database = await call.database();
    const { bookmark } = await resolveMoment(call, database, at);
    const body = { bookmark, target_kind: "new_preview", preview_name: name, ttl_hours: ttlHours, reason };
    const idempotencyKey = more["idempotency-key"] ?? true;
    const { id } = await call.api.post<{ id: string }>(`${database.v1}/restores`, body, { idempotencyKey });
    const started = await call.api.get<Parameters<typeof followRestore>[2]>(`${database.route}/restores/${id}`);
    const ended = wait ? await followRestore(call, database.route, started, timeoutMs) : started;
    call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
    return 0;
  },
});

const extend = verb({
  about: "let a preview live for so many hours from now",
  takes: ["<name|id>"],
  options: { "ttl-hours": { value: "hours", about: "1 to 720" } },
  examples: [["previews extend inspect-monday --ttl-hours 48", "two more days"]],
  async run(call, { "ttl-hours": ttl }, [reference = ""]) {
    const ttlHours = wholeOf(call.verb, "ttl-hours", ttl);
    if (ttlHours === undefined) throw call.wrongly("Say for how long, with --ttl-hours");
    const preview = await findPreview(call, reference);
    const view = await call.api.post<PreviewView>(`${preview.route}/extend`, { ttlHours });
    call.output.answer({ ...view }, () =>
      factLines([
        ["preview", view.name],
        ["ends", view.expiresAtMs === null ? null : timeWords(view.expiresAtMs, call.settings.zone)],
      ]),
    );
    return 0;
  },
});

const download = verb({
  about: "save a preview's file",
  takes: ["<name|id>"],
  options: {
    output: { value: "file", short: "o", about: "where to; a file that is not there yet" },
    at: { value: "bookmark", about: "a bookmark of the preview; its newest state where it is left out" },
  },
  examples: [["previews download inspect-monday -o monday.db", "as a file"]],
  async run(call, { output, at }, [reference = ""]) {
    if (output === undefined) throw call.wrongly("Say where to, with --output");
    const preview = await findPreview(call, reference);
    const saved = await saveDownload(call, `${preview.route}/download`, output, { bookmark: at });
    call.output.answer(saved, () => [`${cleanCell(saved.output)}: ${formatBytes(saved.sizeBytes)}`]);
    return 0;
  },
});

const remove = verb({
  about: "delete a preview; for a day it can be brought back",
  takes: ["<name|id>"],
  options: { yes: { about: "do not ask" } },
  examples: [["previews delete inspect-monday --yes", "without being asked"]],
  async run(call, { yes = false }, [reference = ""]) {
    const preview = await findPreview(call, reference);
    const lines = [
      `The preview ${cleanCell(preview.name)} and what was written to it are deleted. Its project stays as it is.`,
    ];
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    await call.api.delete(preview.route);
    call.output.answer({ deleted: preview.id }, () => [
      `Deleted. lastgood databases undelete ${preview.id} brings it back for a while.`,
    ]);
    return 0;
  },
});

/** A preview by name or id; a project is none, and must not be deleted in its place. */
export async function findPreview(call: Call, reference: string): Promise<FoundDatabase> {
  const found = await call.databaseNamed(reference);
  if (found.kind === "preview") return found;
  throw new LastgoodError("not_found", `${found.name} is no preview.`, {
    hint: `lastgood previews list --database ${found.name} names its previews.`,
  });
}

/** Copies for a while. */
export const previews = group("previews", "moments of a project as databases of their own, for a while", {
  list,
  create,
  extend,
  download,
  delete: remove,
});
