import type { DatabaseView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Output } from "../output.ts";
import { calledWrongly } from "../parse-arguments.ts";
import { readSettings, type Settings } from "../settings/settings.ts";
import { Api } from "./api.ts";

type Given = Readonly<Record<string, string | boolean | string[] | undefined>>;

/** A database as verbs speak of it, and where its routes are. */
export type FoundDatabase = DatabaseView & { path: string | null; route: string; v1: string };

/** One call of a verb: whom it asks, as whom, and where its answer goes. Settings are read when they are first needed. */
export type Call = {
  /** As it was called: `backups create`. */
  verb: string;
  output: Output;
  settings: Settings;
  api: Api;
  /** `/api/namespaces/acme` */
  namespace: string;
  /** Which database is meant: as it was named, or the only one that there is. */
  database(): Promise<FoundDatabase>;
  /** A database by its id or name. */
  databaseNamed(reference: string): Promise<FoundDatabase>;
  databases(): Promise<DatabaseView[]>;
  wrongly(cause: string): LastgoodError;
};

export function openCall(verb: string, given: Given, output: Output): Call {
  let known: Settings | null = null;
  let asked: Api | null = null;
  const settings = () => (known ??= readSettings(verb, given));
  const call: Call = {
    verb,
    output,
    get settings() {
      return settings();
    },
    get api() {
      asked ??= openApi(settings(), output);
      return asked;
    },
    get namespace() {
      return `/api/namespaces/${encodeURIComponent(settings().namespace)}`;
    },
    database: () => findDatabase(call),
    databaseNamed: (reference) => findNamed(call, reference),
    databases: () => call.api.list<{ databases: DatabaseView }>(`${call.namespace}/databases`, "databases"),
    wrongly: (cause) => calledWrongly(verb, cause),
  };
  return call;
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

function openApi(settings: Settings, output: Output): Api {
  const { url, token, tokenFrom } = settings;
  if (token === null || token === "") {
    throw new LastgoodError("unauthenticated", `No API token for ${url}: it comes from ${tokenFrom}.`, {
      hint: `Make one on ${url}/tokens, then set LASTGOOD_TOKEN, or keep it with lastgood profiles add.`,
    });
  }
  if (!/^[\x21-\x7e]{1,500}$/.test(token)) {
    throw new LastgoodError("unauthenticated", `What comes from ${tokenFrom} is no API token.`, {
      hint: "A token is one line of printable characters.",
    });
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !LOCAL.test(hostname)) {
    output.note(`Note: the token goes to ${url} unencrypted; use https where others can listen.`);
  }
  return new Api(settings);
}

async function findDatabase(call: Call): Promise<FoundDatabase> {
  const { database } = call.settings;
  if (database !== null) return findNamed(call, database);
  const all = await call.databases();
  const projects = all.filter(({ kind }) => kind === "project");
  const [only, another] = projects;
  if (only && !another) return locate(call, only);
  if (!only) {
    throw new LastgoodError("not_found", "There is no database yet.", {
      hint: "lastgood databases create or lastgood databases attach makes one.",
    });
  }
  const names = projects.slice(0, 8).map(({ name }) => name);
  throw call.wrongly(`Say which database, with --database: ${names.join(", ")}${projects.length > 8 ? ", …" : ""}`);
}

async function findNamed(call: Call, reference: string): Promise<FoundDatabase> {
  const path = `${call.namespace}/databases/${encodeURIComponent(reference)}`;
  return locate(call, await call.api.get<DatabaseView>(path, { connectionString: "false" }));
}

function locate(call: Call, view: DatabaseView): FoundDatabase {
  return { ...view, route: `${call.namespace}/databases/${view.id}`, v1: `/v1/projects/${view.id}` };
}
