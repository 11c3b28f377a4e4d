import type { ClusterConnection } from "./cluster-connection.ts";
import { LastgoodError } from "./errors.ts";

/**
 * Reads how somebody reaches a PostgreSQL server, as they have it: one URI. Only what is listed here counts. libpq knows
 * keywords that read files, run programs or name sockets of this machine (`passfile`, `service`, `sslkey`, `host=/run/…`); none of
 * them may come from outside, so whatever is not listed is refused by name. Throws `invalid_input`, which never holds the password.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
const KEYWORDS = ["host", "port", "user", "password", "dbname", "sslmode"] as const;
/** They change nothing that matters here, and strings that are handed out hold them. */
const IGNORED = ["application_name", "connect_timeout", "channel_binding", "target_session_attrs", "gssencmode"];
const SSL_MODES = ["disable", "prefer", "require", "verify-full"] as const;
const FORM = "postgresql://user:password@host:5432/database";
const LONGEST = 2_000;

type Keyword = (typeof KEYWORDS)[number];

export function parseConnectionString(text: string, field = "connectionString"): ClusterConnection {
  const given = readUri(text.trim(), field);
  const host = requireHost(given.get("host") ?? "", field);
  const user = requirePlain(given.get("user") ?? "", "user", field);
  const password = given.get("password") ?? "";
  if (password === "") {
    throw refusal("The connection string holds no password.", "Give it as user:password@host.", field);
  }
  if (/[\0\r\n]/.test(password)) throw refusal("The password holds a line break.", "Give it as it is.", field);
  return {
    host,
    port: requirePort(given.get("port") ?? "5432", field),
    user,
    password,
    database: requirePlain(given.get("dbname") ?? user, "database", field),
    sslMode: requireSslMode(given.get("sslmode") ?? "prefer", field),
  };
}

function readUri(text: string, field: string): Map<Keyword, string> {
  const match = /^postgres(?:ql)?:\/\/(?:([^:@/?#]*)(?::([^@/?#]*))?@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(
    text,
  );
  if (!match || text.length > LONGEST)
    throw refusal("This is no connection string.", `Give one such as ${FORM}.`, field);
  const [, user, password, place = "", database, query = ""] = match;
  const [, bracketed, plain = "", port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d*))?$/.exec(place) ?? [];
  if (place.includes(",") || (bracketed === undefined && plain === "" && place !== "")) {
    throw refusal("The connection string names several servers, or none.", "Name one: that whose log is kept.", field);
  }
  const given = new Map<Keyword, string>();
  const take = (keyword: Keyword, value: string | undefined) => {
    if (value === undefined || value === "") return;
    if (given.has(keyword)) throw refusal(`${keyword} is given twice.`, "Give it once.", field);
    given.set(keyword, decode(value, field));
  };
  take("user", user);
  take("password", password);
  take("host", bracketed ?? plain);
  take("port", port);
  take("dbname", database);
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const keyword = KEYWORDS.find((one) => one === decode(name, field));
    if (keyword) take(keyword, value);
    else if (!IGNORED.includes(name)) throw notListed(decode(name, field), field);
  }
  return given;
}

function decode(text: string, field: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw refusal(
      "The connection string holds a % that begins no escape.",
      "Write a % of the password as %25, a / as %2F, an @ as %40.",
      field,
    );
  }
}

/** A name or an address; a path would be a socket of this machine, and two names two servers. */
function requireHost(host: string, field: string): string {
  if (host === "") throw refusal("The connection string names no host.", `Give one such as ${FORM}.`, field);
  if (/^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_.])?$/i.test(host) || /^[0-9a-f:.]{2,45}$/i.test(host)) return host;
  throw refusal(
    "The host is neither a name nor an address.",
    "Sockets and lists of hosts are not taken; name one server that can be reached over TCP.",
    field,
  );
}

function requirePort(text: string, field: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw refusal("The port is no number from 1 to 65535.", "PostgreSQL's own is 5432.", field);
}

function requirePlain(name: string, what: "user" | "database", field: string): string {
  if (name !== "" && name.length <= 63 && !/\p{Cc}/u.test(name)) return name;
  throw refusal(`The connection string names no usable ${what}.`, `Give one such as ${FORM}.`, field);
}

function requireSslMode(text: string, field: string): ClusterConnection["sslMode"] {
  const mode = SSL_MODES.find((one) => one === text);
  if (mode) return mode;
  throw refusal("This sslmode is not taken.", `Use one of ${SSL_MODES.join(", ")}.`, field);
}

function notListed(name: string, field: string): LastgoodError {
  const shown = /^[a-z_]{1,32}$/.test(name) ? name : "something else";
  return refusal(
    `The connection string holds ${shown}, which is not taken.`,
    `Leave all but ${KEYWORDS.join(", ")} out.`,
    field,
  );
}

function refusal(message: string, hint: string, field: string): LastgoodError {
  return new LastgoodError("invalid_input", message, { field, hint });
}
