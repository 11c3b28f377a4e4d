import { openAsBlob } from "node:fs";
import type { DatabaseDetail, DatabaseView, DeletedDatabaseView, UploadView } from "../../client/api-types.ts";
import { formatBytes } from "../../client/format-bytes.ts";
import { formatAgo } from "../../client/format-duration.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, timeWords } from "../remote/moment.ts";
import { readSecret } from "../remote/read-secret.ts";
import { withApproval } from "../remote/request-approval.ts";
import { wholeOf } from "../settings/settings.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

/** Making one may wait until its first image is there. */
const MAKING_MS = 60_000;

const list = verb({
  about: "every database and how its protection stands",
  options: { deleted: { about: "those that were deleted and can still be brought back" } },
  examples: [["databases list", "names, engines, protection, sizes"]],
  async run(call, { deleted = false }) {
    const { zone } = call.settings;
    if (deleted) {
      const deleted = `${call.namespace}/deleted`;
      const found = { databases: await call.api.list<{ databases: DeletedDatabaseView }>(deleted, "databases") };
      call.output.answer({ ...found }, () =>
        tableLines(
          [{ head: "name" }, { head: "deleted" }, { head: "by" }, { head: "until" }, { head: "id" }],
          found.databases.map((one): Cell[] => [
            one.name,
            cellTime(one.deletedAtMs, zone),
            one.deletedBy,
            one.state === "purging" ? { text: "too late", as: "bad" } : cellTime(one.purgeAfterMs, zone),
            one.id,
          ]),
        ),
      );
      return 0;
    }
    const databases = await call.databases();
    call.output.answer({ databases }, () =>
      tableLines(
        [
          { head: "name" },
          { head: "engine" },
          { head: "kind" },
          { head: "state" },
          { head: "captured" },
          { head: "size", align: "right" },
          { head: "id" },
        ],
        databases.map((one): Cell[] => [
          one.name,
          `${one.engine}, ${one.origin}`,
          one.kind,
          stateCell(one),
          one.capture?.capturedThroughMs == null ? null : formatAgo(one.capture.capturedThroughMs, Date.now()),
          one.capture?.databaseBytes == null ? null : formatBytes(one.capture.databaseBytes),
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

const show = verb({
  about: "everything about one database",
  takes: ["<name|id>"],
  options: {},
  examples: [["databases show shop", "engine, file, window, protection"]],
  async run(call, _values, [reference = ""]) {
    const { route: _route, v1: _v1, ...view } = await call.databaseNamed(reference);
    call.output.answer({ ...view }, () => databaseLines(view, call.settings.zone));
    return 0;
  },
});

const WINDOW = { "window-days": { value: "days", about: "how far back it can be restored, 1 to 365" } } as const;

const REGION = { region: { value: "region", about: "where it is to be; else where what is made here is" } } as const;

const create = verb({
  about: "a new database that Lastgood runs",
  takes: ["<name>"],
  options: {
    engine: { value: "engine", about: "sqlite (the default) or postgres" },
    file: { value: "file", about: "of sqlite: begin with a copy of this file of this machine" },
    ...REGION,
    ...WINDOW,
  },
  examples: [
    ["databases create shop", "an empty SQLite database"],
    [
      "databases create ledger --engine postgres",
      "a PostgreSQL cluster; databases connection-string says how to connect",
    ],
    ["databases create shop --file shop.db", "a SQLite file, uploaded"],
  ],
  async run(call, { engine = "sqlite", file, region, "window-days": days }, [name = ""]) {
    const windowDays = wholeOf(call.verb, "window-days", days);
    const uploadId = file === undefined ? undefined : (await upload(file)).uploadId;
    const timeoutMs = Math.max(MAKING_MS, call.settings.timeoutMs);
    const made = await call.api.post<DatabaseView>(
      `${call.namespace}/databases`,
      { name, engine, uploadId, windowDays, region },
      { timeoutMs },
    );
    call.output.answer({ ...made }, () => databaseLines(made, call.settings.zone));
    return 0;

    async function upload(path: string): Promise<UploadView> {
      const where = region === undefined ? "" : `?${new URLSearchParams({ region })}`;
      return call.api.upload<UploadView>(`${call.namespace}/uploads${where}`, await openAsBlob(path));
    }
  },
});

const attach = verb({
  about: "protect a SQLite file that your own program writes, or a PostgreSQL server that runs already",
  takes: ["[path]"],
  options: {
    name: { value: "name", about: "what it is called here" },
    "connection-file": {
      value: "file",
      about: "of a server: a file with its connection string; - reads the standard input",
    },
    ...REGION,
    ...WINDOW,
  },
  examples: [
    ["databases attach /srv/shop/shop.db --name shop", "a file on the agent's machine"],
    ["databases attach --name ledger --connection-file ledger.txt", "a server; the string is on no command line"],
  ],
  async run(call, { name, "connection-file": file, region, "window-days": days }, [path]) {
    if (name === undefined) throw call.wrongly("Say what it is called, with --name");
    if ((path === undefined) === (file === undefined))
      throw call.wrongly("Give either a file's path or --connection-file");
    const windowDays = wholeOf(call.verb, "window-days", days);
    const source =
      path === undefined
        ? { engine: "postgres", connect: { connectionString: await readSecret(file ?? "-") } }
        : { engine: "sqlite", attach: { path } };
    const timeoutMs = Math.max(MAKING_MS, call.settings.timeoutMs);
    const made = await call.api.post<DatabaseView>(
      `${call.namespace}/databases`,
      { name, windowDays, region, ...source },
      { timeoutMs },
    );
    call.output.answer({ ...made }, () => databaseLines(made, call.settings.zone));
    return 0;
  },
});

const update = verb({
  about: "another name, or another window",
  takes: ["<name|id>"],
  options: {
    name: { value: "name", about: "its new name" },
    ...WINDOW,
    yes: { about: "do not ask before a shorter window" },
  },
  examples: [["databases update shop --window-days 60", "a longer window; a shorter one drops history, and asks"]],
  async run(call, { name, "window-days": days, yes = false }, [reference = ""]) {
    const windowDays = wholeOf(call.verb, "window-days", days);
    if (name === undefined && windowDays === undefined) throw call.wrongly("Give --name or --window-days");
    const database = await call.databaseNamed(reference);
    if (windowDays !== undefined && windowDays < database.windowDays) {
      const lines = [
        `History of ${cleanCell(database.name)} that is older than ${windowDays} days is dropped, after the grace period.`,
      ];
      await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    }
    const { body } = await call.api.send<DatabaseView>(database.route, { method: "PATCH", body: { name, windowDays } });
    call.output.answer({ ...body }, () => databaseLines(body, call.settings.zone));
    return 0;
  },
});

const remove = verb({
  about: "delete a database; for a while it can be brought back with all of its history",
  takes: ["<name|id>"],
  options: {
    yes: { about: "do not ask" },
    reason: { value: "text", about: "why, where others must approve it" },
  },
  examples: [["databases delete shop --yes", "without being asked"]],
  notes: ["An attached file or server stays where it is; it is no longer protected."],
  async run(call, { yes = false, reason }, [reference = ""]) {
    const database = await call.databaseNamed(reference);
    const isHosted = database.origin === "hosted";
    const lines = [
      isHosted
        ? `${cleanCell(database.name)} is deleted: nobody reaches its data any more.`
        : `${cleanCell(database.name)} is no longer protected; what your own program writes stays where it is.`,
      "Its history, labels and previews go when the grace period is over; backups stay as long as their retention says.",
      ...databaseLines(database, call.settings.zone),
    ];
    await confirm(call, { lines, name: database.name, flag: "--yes", given: yes });
    await withApproval(call, database, { reason, request: { kind: "database.delete" } }, () =>
      call.api.delete(database.route),
    );
    call.output.answer({ deleted: database.id }, () => [
      `Deleted. lastgood databases undelete ${database.id} brings it back while the grace period lasts.`,
    ]);
    return 0;
  },
});

const undelete = verb({
  about: "bring a deleted database back",
  takes: ["<id>"],
  options: { name: { value: "name", about: "another name, where the old one is taken" } },
  examples: [["databases undelete <id>", "lastgood databases list --deleted names the ids"]],
  async run(call, { name }, [id = ""]) {
    const path = `${call.namespace}/deleted/${encodeURIComponent(id)}/undelete`;
    const view = await call.api.post<DatabaseView>(path, name === undefined ? {} : { name });
    call.output.answer({ ...view }, () => databaseLines(view, call.settings.zone));
    return 0;
  },
});

const connectionString = verb({
  about: "how applications connect to a hosted PostgreSQL cluster, password included; the audit log says who read it",
  takes: ["<name|id>"],
  options: {},
  examples: [['psql "$(lastgood databases connection-string ledger)"', "straight into a program"]],
  async run(call, _values, [reference = ""]) {
    const { route, name, engine } = await call.databaseNamed(reference);
    const { connectionString: text } = await call.api.get<DatabaseDetail>(route);
    if (text === null) {
      throw new LastgoodError("not_found", `${name} has no connection string that this token may read.`, {
        hint:
          engine === "sqlite"
            ? "SQLite is a file; nobody connects to it."
            : "Attached servers have their own; else the token needs database.connect.",
      });
    }
    call.output.answer({ connectionString: text }, () => [text]);
    return 0;
  },
});

function stateCell({ state, capture }: DatabaseView): Cell {
  if (state !== "active") return { text: state, as: state === "failed" ? "bad" : "warning" };
  const now = capture?.state ?? "unknown";
  return { text: now, as: now === "protected" ? "good" : now === "stopped" ? "bad" : "warning" };
}

function databaseLines(one: DatabaseView, zone: string): string[] {
  const { capture, preview, nextWindow } = one;
  return factLines([
    ["database", one.name],
    ["id", one.id],
    ["kind", preview === null ? one.kind : `preview of ${preview.parentName ?? "a deleted project"}`],
    ["engine", `${one.engine}${one.serverVersion === null ? "" : ` ${one.serverVersion}`}, ${one.origin}`],
    ["region", one.region],
    ["file", one.path],
    ["state", stateCell(one)],
    ["problem", one.problem ?? capture?.problem?.cause],
    ["remedy", capture?.problem?.remedy],
    ["captured", capture?.capturedThroughMs == null ? null : `up to ${timeWords(capture.capturedThroughMs, zone)}`],
    ["newest", capture?.last?.bookmark],
    ["size", capture?.databaseBytes == null ? null : formatBytes(capture.databaseBytes)],
    ["history", capture?.historyBytes == null ? null : formatBytes(capture.historyBytes)],
    [
      "window",
      `${one.windowDays} days${nextWindow === null ? "" : `, ${nextWindow.days} days from ${timeWords(nextWindow.atMs, zone)} on`}`,
    ],
    ["ends", preview?.expiresAtMs == null ? null : timeWords(preview.expiresAtMs, zone)],
  ]);
}

/** What is protected. */
export const databases = group("databases", "what Lastgood protects", {
  list,
  show,
  create,
  attach,
  update,
  delete: remove,
  undelete,
  "connection-string": connectionString,
});
