import { readFileSync } from "node:fs";
import { LastgoodError } from "../../domain/errors.ts";
import { isKnownZone } from "../../domain/zoned-time.ts";
import { calledWrongly } from "../parse-arguments.ts";
import { type Profile, profilesPath, readProfiles } from "./profile-file.ts";

/** Which console is asked, as whom, and about what. */
export type Settings = {
  /** Without a slash at its end. */
  url: string;
  token: string | null;
  /** Where the token comes from, for people. */
  tokenFrom: string;
  namespace: string;
  /** Whether somebody named the namespace. */
  namespaceGiven: boolean;
  database: string | null;
  /** IANA name. */
  zone: string;
  timeoutMs: number;
};

type Given = Readonly<Record<string, string | boolean | string[] | undefined>>;
const DEFAULT_URL = "http://127.0.0.1:3000";
const DEFAULT_NAMESPACE = "main";
const DEFAULT_TIMEOUT_SECONDS = 30;

/**
 * Options win over the environment, the environment over the profile. A profile's token goes to that profile's address
 * alone: another address with it would hand it to whoever listens there.
 */
export function readSettings(verb: string, given: Given): Settings {
  const text = (name: string) => (typeof given[name] === "string" ? given[name] : undefined);
  const { env } = process;
  const profile = readProfile(text("profile") ?? (env.LASTGOOD_PROFILE || undefined));
  const url = checkUrl(verb, text("url") ?? (env.LASTGOOD_URL || undefined) ?? profile?.url ?? DEFAULT_URL);
  const namespace = text("namespace") ?? (env.LASTGOOD_NAMESPACE || undefined) ?? profile?.namespace;
  return {
    url,
    ...findToken(text("token-file"), profile, url),
    namespace: namespace ?? DEFAULT_NAMESPACE,
    namespaceGiven: namespace !== undefined,
    database: text("database") ?? (env.LASTGOOD_DATABASE || undefined) ?? profile?.database ?? null,
    zone: checkZone(verb, text("zone") ?? profile?.zone),
    timeoutMs: secondsOf(verb, "timeout", text("timeout"), DEFAULT_TIMEOUT_SECONDS) * 1000,
  };
}

type NamedProfile = Profile & { name: string };

function readProfile(asked: string | undefined): NamedProfile | null {
  const file = profilesPath();
  const { current, profiles } = readProfiles(file);
  const name = asked ?? current;
  if (name === null) return null;
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) return { ...profile, name };
  if (asked === undefined) return null;
  throw new LastgoodError("not_found", `There is no profile "${name}" in ${file}.`, {
    hint: "lastgood profiles list names them; lastgood profiles add makes one.",
  });
}

function findToken(tokenFile: string | undefined, profile: NamedProfile | null, url: string) {
  if (tokenFile !== undefined) return { token: readTokenFile(tokenFile), tokenFrom: tokenFile };
  const fromEnvironment = process.env.LASTGOOD_TOKEN;
  if (fromEnvironment) return { token: fromEnvironment.trim(), tokenFrom: "LASTGOOD_TOKEN" };
  if (profile === null) return { token: null, tokenFrom: "nowhere" };
  if (profile.url === url) return { token: profile.token, tokenFrom: `the profile ${profile.name}` };
  return { token: null, tokenFrom: `nowhere: the profile ${profile.name} is for ${profile.url}` };
}

function readTokenFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LastgoodError("invalid_input", `The token cannot be read: ${why}.`, { hint: "Name another file." });
  }
}

/** An address as it is kept: scheme, host, port and what stands before our routes; nothing behind. */
export function checkUrl(verb: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw calledWrongly(verb, `"${text}" is no address of a console; it looks like https://lastgood.example.com`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function checkZone(verb: string, zone: string | undefined): string {
  if (zone === undefined) return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  if (isKnownZone(zone)) return zone;
  throw calledWrongly(verb, `Nobody knows the time zone "${zone}"; give one like Europe/Berlin or UTC`);
}

/** A number of seconds that an option gives; more than none. */
export function secondsOf(verb: string, name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const seconds = Number(text);
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text) && seconds > 0) return seconds;
  throw calledWrongly(verb, `--${name} takes a number of seconds, not "${text}"`);
}

/** A whole number that an option gives. */
export function wholeOf(verb: string, name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw calledWrongly(verb, `--${name} takes a whole number, not "${text}"`);
}
