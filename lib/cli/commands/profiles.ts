import { LastgoodError } from "../../domain/errors.ts";
import { Api } from "../remote/api.ts";
import { readSecret } from "../remote/read-secret.ts";
import { profilesPath, readProfiles, writeProfiles } from "../settings/profile-file.ts";
import { checkUrl } from "../settings/settings.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const FILE = { config: { value: "file", about: "where the profiles are kept; LASTGOOD_CONFIG" } } as const;
const CHECK_MS = 15_000;

const add = verb({
  about:
    "keep a console's address, token and namespace, once it has answered to them; the first one is used from then on",
  takes: ["<name>"],
  of: "none",
  options: {
    url: { value: "address", about: "the console's address" },
    namespace: { value: "slug", short: "n", about: "the namespace, main where nothing is said" },
    database: { value: "name|id", short: "d", about: "the database that is meant where none is named" },
    zone: { value: "zone", about: "the time zone to read and write times in" },
    "token-file": {
      value: "file",
      about: "where the token is; asked for at a terminal, else read from the standard input",
    },
    use: { about: "use it from now on" },
    ...FILE,
  },
  examples: [
    ["profiles add home --url https://lastgood.example.com --namespace acme", "asks for the token"],
    ["profiles add ci --url $URL --namespace acme --token-file token.txt --use", "without being asked"],
  ],
  notes: ["The file is for this user alone (0600), and a profile's token goes to its own address alone."],
  async run(
    call,
    { url, namespace = "main", database, zone, "token-file": tokenFile = "-", use = false, config },
    [name = ""],
  ) {
    if (url === undefined) throw call.wrongly("Say where the console is, with --url");
    if (!/^[\w.-]{1,64}$/.test(name))
      throw call.wrongly("A profile's name has letters, digits, dot, dash and underscore");
    const address = checkUrl(call.verb, url);
    const token = await readSecret(tokenFile, `API token of ${address}: `);
    const api = new Api({ url: address, token, tokenFrom: "what was given", timeoutMs: CHECK_MS });
    await api.get(`/api/namespaces/${encodeURIComponent(namespace)}`);
    const file = config ?? profilesPath();
    const { current, profiles: known } = readProfiles(file);
    const profile = {
      url: address,
      token,
      namespace,
      ...(database === undefined ? {} : { database }),
      ...(zone === undefined ? {} : { zone }),
    };
    const used = use || current === null ? name : current;
    writeProfiles(file, { current: used, profiles: { ...known, [name]: profile } });
    call.output.answer({ name, url: address, namespace, current: used }, () => [
      `${name} is kept in ${cleanCell(file)}.`,
      used === name ? "It is used from now on." : `${used} is used; lastgood profiles use ${name} changes that.`,
    ]);
    return 0;
  },
});

const use = verb({
  about: "use this profile from now on",
  takes: ["<name>"],
  of: "none",
  options: FILE,
  examples: [["profiles use home", "until another one is used"]],
  async run(call, { config }, [name = ""]) {
    const file = config ?? profilesPath();
    const { profiles: known } = readProfiles(file);
    requireKnown(known, name, file);
    writeProfiles(file, { current: name, profiles: known });
    call.output.answer({ current: name }, () => [`${name} is used from now on.`]);
    return 0;
  },
});

const list = verb({
  about: "the profiles that are kept; never their tokens",
  of: "none",
  options: FILE,
  examples: [["profiles list", "names and addresses"]],
  async run(call, { config }) {
    const file = config ?? profilesPath();
    const { current, profiles: known } = readProfiles(file);
    const shown = Object.entries(known).map(([name, { token: _, ...profile }]) => ({
      name,
      ...profile,
      isCurrent: name === current,
    }));
    call.output.answer({ file, current, profiles: shown }, () =>
      shown.length === 0
        ? ["There is no profile yet: lastgood profiles add <name> --url <address>"]
        : tableLines(
            [{ head: "" }, { head: "name" }, { head: "address" }, { head: "namespace" }, { head: "database" }],
            shown.map((one): Cell[] => [
              one.isCurrent ? "*" : "",
              one.name,
              one.url,
              one.namespace,
              one.database ?? null,
            ]),
          ),
    );
    return 0;
  },
});

const remove = verb({
  about: "forget a profile and its token; the token itself stays good until it is revoked",
  takes: ["<name>"],
  of: "none",
  options: FILE,
  examples: [["profiles remove home", "then lastgood tokens revoke, where nothing else uses it"]],
  async run(call, { config }, [name = ""]) {
    const file = config ?? profilesPath();
    const { current, profiles: known } = readProfiles(file);
    requireKnown(known, name, file);
    const { [name]: _, ...rest } = known;
    writeProfiles(file, { current: current === name ? null : current, profiles: rest });
    call.output.answer({ removed: name }, () => [`${name} is forgotten. Its token stays good until it is revoked.`]);
    return 0;
  },
});

function requireKnown(known: Readonly<Record<string, unknown>>, name: string, file: string): void {
  if (Object.hasOwn(known, name)) return;
  throw new LastgoodError("not_found", `There is no profile "${name}" in ${file}.`, {
    hint: "lastgood profiles list names them.",
  });
}

/** Consoles that are asked again and again. */
export const profiles = group("profiles", "address, token and namespace of several consoles", {
  add,
  use,
  list,
  remove,
});
