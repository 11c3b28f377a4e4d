import type { AuditPageView, AuditStatusView } from "../../client/api-types.ts";
import type { Command } from "../command.ts";
import { cellTime, timeWords } from "../remote/moment.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { group, type Verb, verb } from "../verb.ts";

const list = verb({
  about: "who did what, the newest first",
  options: {
    actor: { value: "e-mail|id", about: "what this person or token did" },
    action: { value: "action", about: "this action alone, such as restore.project" },
    outcome: { value: "outcome", about: "done, denied or refused" },
    about: { value: "name|id", about: "about this database" },
    from: { value: "time", about: "RFC 3339 or Unix milliseconds" },
    to: { value: "time", about: "RFC 3339 or Unix milliseconds" },
    before: { value: "next", about: "go on behind a former answer's `next`" },
    limit: { value: "entries", about: "at most so many, up to 200" },
  },
  examples: [["audit list --action restore.project --limit 20", "who restored a project in place"]],
  async run(call, { about: database, ...filter }) {
    const query = { ...pick(filter), database };
    const found = await call.api.get<AuditPageView>(`${call.namespace}/audit`, query);
    const { zone } = call.settings;
    call.output.answer({ ...found }, () => [
      ...tableLines(
        [
          { head: "when" },
          { head: "who" },
          { head: "did" },
          { head: "outcome" },
          { head: "database" },
          { head: "from" },
          { head: "entry", align: "right" },
        ],
        found.entries.map((one): Cell[] => [
          cellTime(one.timeMs, zone),
          one.actor.name ?? one.actor.kind,
          one.action,
          { text: one.outcome, as: one.outcome === "done" ? "good" : "warning" },
          one.database === null ? null : (one.database.name ?? one.database.id),
          one.address,
          one.seq,
        ]),
      ),
      ...(found.next === null ? [] : [`more with --before ${found.next}`]),
    ]);
    return 0;
  },
});

const NAMES = ["actor", "action", "outcome", "from", "to", "before", "limit"] as const;

function pick(values: Readonly<Record<string, string | true | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(NAMES.map((name) => [name, typeof values[name] === "string" ? values[name] : undefined]));
}

const status = verb({
  about: "whether the newest entries are what was written; verify proves all",
  options: {},
  examples: [["audit status", "what the console itself has checked"]],
  async run(call) {
    const found = await call.api.get<AuditStatusView>(`${call.namespace}/audit/status`);
    call.output.answer({ ...found }, () => [
      found.ok
        ? `Entries ${found.checked.from} to ${found.checked.to} are what was written.`
        : cleanCell(found.finding?.message ?? "not whole"),
      ...(found.anchor === null
        ? []
        : [`The newest anchor is of entry ${found.anchor.seq}, ${timeWords(found.anchor.timeMs, call.settings.zone)}`]),
    ]);
    return found.ok ? 0 : 4;
  },
});

/** What reads the metadata itself is loaded when it is called, and prints its own help. */
function offline(name: "verify" | "anchor", about: string): Verb {
  const { options, takes, examples, notes } = verb({
    about,
    of: "none",
    options: {
      data: { value: "folder", about: "the data directory; LASTGOOD_DATA, or .lastgood here" },
      anchors: { value: "file", about: "of verify: anchors that were kept elsewhere, one a line", multiple: true },
      "former-secret": { value: "file", about: "of verify: a secret that the installation had before", multiple: true },
    },
    examples: [[`audit ${name}`, about]],
    notes: [
      "Works on the metadata itself; no console is needed, and one may be running. Nothing is changed.",
      "With DATABASE_URL the entries come from there; secret and anchors still from the data directory. LASTGOOD_SECRET counts before the file.",
    ],
    run: async () => 0,
  });
  return {
    about,
    options,
    takes,
    examples,
    notes,
    async run(_name, args, output) {
      const { audit } = await import("./audit.ts");
      return audit.run([name, ...args], output);
    },
  };
}

/** The audit log: read over the API, proven on the machine itself. */
export const auditLog: Command = group("audit", "who did what, and the proof that nobody changed it", {
  list,
  status,
  verify: offline("verify", "read every entry on the machine itself, and name the first that is not what was written"),
  anchor: offline("anchor", "print an anchor of the newest entry, to be kept elsewhere"),
});
