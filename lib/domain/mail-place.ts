import { LastgoodError } from "./errors.ts";

/**
 * Where e-mail goes, as the operator's environment says it.
 *   implicit  TLS from the first byte (`smtps://`)
 *   starttls  asked for, and nothing is sent without it (`smtp://`)
 *   none      no TLS, and so no password: this machine's own server, or where `?tls=off` says so
 */
export type MailPlace = {
  host: string;
  port: number;
  tls: "implicit" | "starttls" | "none";
  user: string | null;
  password: string | null;
  /** Whom messages come from, as `Lastgood <alarms@example.com>`. */
  from: string;
};

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i;
const ADDRESS = /^[^\s<>@]+@[^\s<>@]+$/;
const FROM = /^[^<>\r\n"]{0,80}<([^<>\s]+)>$/;

/** Reads LASTGOOD_SMTP_URL and LASTGOOD_ALARM_FROM; null where no e-mail is sent. Throws `invalid_input` naming the variable. */
export function parseMailPlace(address: string | null, from: string | null): MailPlace | null {
  if (address === null) return null;
  if (from === null || !ADDRESS.test(FROM.exec(from)?.[1] ?? from)) {
    throw refusal("LASTGOOD_ALARM_FROM", "names whom e-mail comes from", "Set it, as Lastgood <alarms@example.com>.");
  }
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === "" || !/^\/?$/.test(url.pathname)) {
    throw refusal(
      "LASTGOOD_SMTP_URL",
      "is no smtp:// or smtps:// URL",
      "Give one, as smtps://user:password@smtp.example.com.",
    );
  }
  const others = [...url.searchParams].filter(([name, value]) => name !== "tls" || value !== "off");
  if (others.length > 0 || (url.protocol === "smtps:" && url.search !== "")) {
    throw refusal("LASTGOOD_SMTP_URL", "has an option that nobody knows", "There is one, for smtp:// alone: ?tls=off.");
  }
  const user = url.username === "" ? null : decodeURIComponent(url.username);
  const isOpen = url.searchParams.get("tls") === "off" || (LOOPBACK.test(url.hostname) && user === null);
  const tls = url.protocol === "smtps:" ? "implicit" : isOpen ? "none" : "starttls";
  if (tls === "none" && user !== null) {
    throw refusal(
      "LASTGOOD_SMTP_URL",
      "would send a password without TLS",
      "Leave out ?tls=off, or the user and password.",
    );
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? (tls === "implicit" ? 465 : tls === "starttls" ? 587 : 25) : Number(url.port),
    tls,
    user,
    password: user === null ? null : decodeURIComponent(url.password),
    from,
  };
}

function refusal(field: string, what: string, hint: string): LastgoodError {
  return new LastgoodError("invalid_input", `${field} ${what}.`, { field, hint });
}
