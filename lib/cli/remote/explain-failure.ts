import { CliError } from "../cli-error.ts";

type Explained = { message: string; hint: string; mayPass?: boolean; neverSent?: boolean };

const CHECK_RUNNING = (url: string) =>
  `Check that Lastgood runs there and that the address is right: --url, LASTGOOD_URL or the profile. curl ${url}/api/health tells.`;

/** Error codes of Node's sockets, name look-ups and TLS, by what a person can do about them. */
function explain(url: string, code: string, host: string): Explained | null {
  switch (code) {
    case "ECONNREFUSED":
      return { message: `Nobody listens at ${url}.`, hint: CHECK_RUNNING(url), mayPass: true, neverSent: true };
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        message: `The name ${host} is not known.`,
        hint: "Check the address, and this machine's name server.",
        neverSent: true,
      };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
    case "UND_ERR_CONNECT_TIMEOUT":
      return {
        message: `${host} cannot be reached from here.`,
        hint: "Check network, VPN and firewall.",
        neverSent: true,
      };
    case "CERT_HAS_EXPIRED":
      return {
        message: `The certificate of ${host} has expired.`,
        hint: "Renew it; nothing was sent.",
        neverSent: true,
      };
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return {
        message: `The certificate at ${url} is for another name than ${host}.`,
        hint: "Use the name that it is for; nothing was sent.",
        neverSent: true,
      };
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_GET_ISSUER_CERT":
      return {
        message: `This machine does not trust who signed the certificate of ${host}.`,
        hint: "If the authority is your own, name its certificate with NODE_EXTRA_CA_CERTS=/path/to/ca.pem; nothing was sent.",
        neverSent: true,
      };
    default:
      return null;
  }
}

/** Why no answer came. `mayPass`: it may be another thing in a moment. `neverSent`: nothing can have happened. */
export function explainFailure(url: string, error: unknown): CliError {
  const { host, protocol } = new URL(url);
  const codes = codesOf(error);
  const known = codes.map((code) => explain(url, code, host)).find((one) => one !== null);
  const text = codes.join(" ");
  const told =
    known ??
    (/EPROTO|ERR_SSL|HTTP_TLS|WRONG_VERSION|HPE_INVALID/.test(text)
      ? {
          message: `${url} does not speak ${protocol === "https:" ? "TLS" : "HTTP"}.`,
          hint: `Is it ${protocol === "https:" ? "http" : "https"}:// or another port?`,
        }
      : {
          message: `The connection to ${url} broke off before the answer was whole.`,
          hint: CHECK_RUNNING(url),
          mayPass: true,
        });
  const { message, ...details } = told;
  return new CliError("unreachable", message, details, { cause: error });
}

/** The codes of an error and of what caused it; of several tries, each one's. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const own = "code" in error ? [String(error.code)] : [];
  const tried = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  return [...tried, ...own, ...codesOf(error.cause)];
}
