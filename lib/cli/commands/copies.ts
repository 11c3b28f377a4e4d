import type { RestoreView } from "../../client/api-types.ts";
import type { CopiesView, CopyView } from "../../client/copy-types.ts";
import { formatBytes } from "../../client/format-bytes.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Call } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, readMoment, timeWords } from "../remote/moment.ts";
import { followRestore, restoreLines } from "../remote/restore-report.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";
import { waitOf } from "./backups.ts";

const WAIT_TIMEOUT = { "wait-timeout": { value: "seconds", about: "wait no longer than that; it goes on" } } as const;
const REGION = { region: { value: "region", about: "whose agent reads the bucket; else the usual one" } } as const;

const list = verb({
  about: "what the bucket of second copies holds, up to when, and what of it is not here any more",
  options: REGION,
  examples: [["copies list", "what can be brought back after a machine was lost"]],
  notes: [
    "For owners of this Lastgood's first namespace. Without any Lastgood the same is told by: lastgood restore-offline --bucket",
  ],
  async run(call, { region }) {
    const found = await listCopies(call, region);
    const { zone } = call.settings;
    call.output.answer({ ...found }, () => [
      ...(found.bucket === null ? ["No second copy is kept: LASTGOOD_COPY_BUCKET names no bucket."] : []),
      ...tableLines(
        [
          { head: "name" },
          { head: "engine" },
          { head: "up to" },
          { head: "from" },
          { head: "size", align: "right" },
          { head: "" },
          { head: "copy" },
        ],
        found.copies.map((copy): Cell[] => [
          copy.name,
          copy.engine,
          cellTime(copy.newest?.timeMs ?? null, zone),
          cellTime(copy.oldest?.timeMs ?? null, zone),
          formatBytes(copy.sizeBytes),
          standing(copy),
          copy.id,
        ]),
      ),
      ...found.copies.flatMap(({ id, problem }) => (problem === null ? [] : [`${id}: ${cleanCell(problem)}`])),
    ]);
    return 0;
  },
});

function standing({ isRestorable, isNewest, here, broughtBack }: CopyView): Cell {
  if (!isRestorable) return { text: "cannot be brought back", as: "bad" };
  if (!isNewest) return "an earlier history";
  if (here === null && broughtBack) return { text: `brought back as ${broughtBack.name}`, as: "good" };
  if (here === null) return { text: "not here", as: "warning" };
  return here.isDeleted ? "here, deleted" : { text: "here", as: "good" };
}

const bringBack = verb({
  about: "make a new hosted database from a second copy; the copy and all that is here stay",
  takes: ["<copy|name>"],
  options: {
    at: { value: "moment", about: "a time or a bookmark; else the copy's newest commit" },
    name: { value: "name", about: "of the new database; else the one that it had, while that is free" },
    reason: { value: "text", about: "why, for the audit log" },
    ...REGION,
    yes: { about: "do not ask" },
    wait: { about: "wait for its end" },
    ...WAIT_TIMEOUT,
    "idempotency-key": { value: "key", about: "the same key brings it back once, however often it is sent" },
  },
  examples: [
    ["copies bring-back shop --wait", "at its newest commit"],
    ['copies bring-back shop --at "2026-11-22 10:30" --name shop-of-then', "at an earlier moment, under another name"],
  ],
  notes: ["A time means the newest commit at or before it. Which one that is, is known once the history was fetched."],
  async run(call, { at, name, reason, region, yes = false, wait, ...more }, [reference = ""]) {
    const timeoutMs = waitOf(call, more["wait-timeout"]);
    const copy = findCopy(await listCopies(call, region), reference);
    const moment = at === undefined ? null : await readMoment(call, null, at);
    const lines = [
      `${cleanCell(copy.name ?? copy.id)} is brought back into a new hosted database${name === undefined ? "" : ` ${cleanCell(name)}`}, ${momentText(copy, moment, call.settings.zone)}.`,
      "Its history stays in the bucket, the database begins one of its own. Nothing that is here is touched.",
    ];
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    const body = {
      ...(moment?.kind === "time" && { timestamp: moment.atMs }),
      ...(moment?.kind === "bookmark" && { bookmark: moment.bookmark }),
      ...{ name, reason, region },
    };
    const idempotencyKey = more["idempotency-key"] ?? true;
    const route = `${call.namespace}/copies/${encodeURIComponent(copy.id)}/bring-back`;
    const begun = await call.api.post<RestoreView>(route, body, { idempotencyKey });
    const ended = wait ? await followRestore(call, `${call.namespace}/copies`, begun, timeoutMs) : begun;
    call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
    return 0;
  },
});

const watch = verb({
  about: "follow a copy that is brought back to its end; exit code 1 where it fails, 7 where it is cancelled",
  takes: ["<id>"],
  options: WAIT_TIMEOUT,
  examples: [["copies watch <id>", "after Ctrl-C, or from another machine"]],
  async run(call, values, [id = ""]) {
    const timeoutMs = waitOf(call, values["wait-timeout"]);
    const restore = await call.api.get<RestoreView>(routeOf(call, id));
    const ended = await followRestore(call, `${call.namespace}/copies`, restore, timeoutMs);
    call.output.answer({ ...ended }, () => restoreLines(ended, call.settings.zone));
    return 0;
  },
});

const cancel = verb({
  about: "stop bringing a copy back; nothing of it stays",
  takes: ["<id>"],
  options: {},
  examples: [["copies cancel <id>", "before it puts the database into its place"]],
  async run(call, _values, [id = ""]) {
    const { body } = await call.api.send<RestoreView>(routeOf(call, id), { method: "DELETE" });
    call.output.answer({ ...body }, () => restoreLines(body, call.settings.zone));
    return 0;
  },
});

const routeOf = (call: Call, id: string) => `${call.namespace}/copies/restores/${encodeURIComponent(id)}`;

async function listCopies(call: Call, region: string | undefined): Promise<CopiesView> {
  return call.api.get<CopiesView>(`${call.namespace}/copies`, region === undefined ? {} : { region });
}

/** A copy by its id, else the latest of the one database of that name. */
function findCopy({ copies }: CopiesView, reference: string): CopyView {
  const named = copies.find(({ id }) => id === reference);
  const found = named ? [named] : copies.filter(({ name, isNewest }) => isNewest && name === reference);
  const [one, ...more] = found;
  if (one && more.length === 0) return one;
  throw new LastgoodError(
    "not_found",
    one ? `Several databases were named ${reference}.` : `There is no copy ${reference}.`,
    { hint: one ? `Name one by its id: ${found.map(({ id }) => id).join(", ")}.` : "lastgood copies list names them." },
  );
}

function momentText(copy: CopyView, moment: Awaited<ReturnType<typeof readMoment>> | null, zone: string): string {
  if (moment === null) return copy.newest ? `as of ${timeWords(copy.newest.timeMs, zone)}, its newest commit` : "";
  return moment.kind === "time"
    ? `as of the newest commit at or before ${timeWords(moment.atMs, zone)}`
    : `at the commit ${moment.kind === "bookmark" ? moment.bookmark : moment.label}`;
}

/** Databases that are in the bucket of second copies. */
export const copies = group("copies", "the bucket of second copies, and databases brought back from it", {
  list,
  "bring-back": bringBack,
  watch,
  cancel,
});
