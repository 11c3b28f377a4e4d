import type { CreatedTokenView, TokenView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Call } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, timeWords } from "../remote/moment.ts";
import { wholeOf } from "../settings/settings.ts";
import { cleanCell } from "../text/clean-text.ts";
import { paint } from "../text/paint.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const list = verb({
  about: "API tokens of the namespace, the newest first",
  options: {},
  examples: [["tokens list", "whose they are, what they may, when they were last used"]],
  async run(call) {
    const found = { tokens: await listTokens(call) };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "name" },
          { head: "begins" },
          { head: "owner" },
          { head: "state" },
          { head: "databases" },
          { head: "expires" },
          { head: "last used" },
          { head: "id" },
        ],
        found.tokens.map((one): Cell[] => [
          one.name,
          one.prefix,
          one.owner.email,
          { text: one.state, as: one.state === "active" ? "good" : "dim" },
          one.databases === "all" ? "all" : one.databases.map(({ name, id }) => name ?? id).join(", "),
          one.expiresAtMs === null ? "never" : cellTime(one.expiresAtMs, zone),
          cellTime(one.lastUsedMs, zone),
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

const create = verb({
  about: "a new API token, told once",
  options: {
    name: { value: "name", about: "what it is for" },
    preset: { value: "preset", about: "no-destroy (the default), read-only or everything" },
    action: { value: "action", about: "instead of a preset: this action", multiple: true },
    for: { value: "name|id", about: "for this database alone", multiple: true },
    "expires-in-hours": { value: "hours", about: "1 to 8784" },
    "never-expires": { about: "it lasts until it is revoked" },
    "rate-per-minute": { value: "calls", about: "at most so many calls a minute" },
  },
  examples: [
    [
      "tokens create --name ci --action restore-point.create --action database.read --for shop --expires-in-hours 2160",
      "for labels before migrations",
    ],
    ["tokens create --name monitor --preset read-only --expires-in-hours 8760 --json | jq -r .token", "for a script"],
  ],
  async run(call, { name, preset, action: actions, for: databases, "never-expires": never = false, ...more }) {
    if (name === undefined) throw call.wrongly("Say what it is for, with --name");
    const hours = wholeOf(call.verb, "expires-in-hours", more["expires-in-hours"]);
    if ((hours === undefined) !== never) throw call.wrongly("Give either --expires-in-hours or --never-expires");
    const ratePerMinute = wholeOf(call.verb, "rate-per-minute", more["rate-per-minute"]);
    const body = { name, preset, actions, databases, expiresInHours: hours ?? null, ratePerMinute };
    const made = await call.api.post<CreatedTokenView>(`${call.namespace}/tokens`, body);
    call.output.answer({ ...made }, () => [
      ...tokenLines(made, call.settings.zone),
      ...factLines([["token", { text: made.token, as: "bold" }]]),
      paint("dim", "It is told this once."),
    ]);
    return 0;
  },
});

const revoke = verb({
  about: "end a token; whatever uses it is refused from then on",
  takes: ["<id>"],
  options: { yes: { about: "do not ask" } },
  examples: [["tokens revoke <id> --yes", "without being asked"]],
  async run(call, { yes = false }, [id = ""]) {
    const token = await findToken(call, id);
    const lines = ["Whatever uses this token is refused from now on:", ...tokenLines(token, call.settings.zone)];
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    await call.api.delete(`${call.namespace}/tokens/${token.id}`);
    call.output.answer({ revoked: token.id }, () => [`${cleanCell(token.name)} is revoked.`]);
    return 0;
  },
});

function listTokens(call: Call): Promise<TokenView[]> {
  return call.api.list<{ tokens: TokenView }>(`${call.namespace}/tokens`, "tokens");
}

async function findToken(call: Call, id: string): Promise<TokenView> {
  const found = (await listTokens(call)).find((one) => one.id === id.toLowerCase());
  if (found) return found;
  throw new LastgoodError("not_found", "There is no such token.", { hint: "lastgood tokens list names them." });
}

function tokenLines(one: TokenView, zone: string): string[] {
  return factLines([
    ["name", one.name],
    ["id", one.id],
    ["owner", one.owner.email],
    ["may", one.actions === "all" ? "everything that its owner may" : one.actions.join(", ")],
    ["databases", one.databases === "all" ? "all" : one.databases.map(({ name, id }) => name ?? id).join(", ")],
    ["expires", one.expiresAtMs === null ? "never" : timeWords(one.expiresAtMs, zone)],
    ["last used", one.lastUsedMs === null ? null : timeWords(one.lastUsedMs, zone)],
  ]);
}

/** What programs sign in with. */
export const tokens = group("tokens", "what programs sign in with", { list, create, revoke });
