import { LastgoodError } from "../../domain/errors.ts";
import { readEnv, VARIABLE_NAMES } from "../../env.ts";
import { type Finding, orWell, problem, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Those that are read elsewhere: by the first start, the log, keepers, the launcher, the command line, tests. */
const READ_ELSEWHERE = /^LASTGOOD_(INIT_.*|LOG_LEVEL|MAX_LOG_MB|LAUNCHER|TOKEN|CHROMIUM|PROMTOOL|TEST_.*)$/;
const isKnown = (name: string) => VARIABLE_NAMES.includes(name) || READ_ELSEWHERE.test(name);
const LOOPBACK = /^(127\.|localhost$|::1$)/;

/** Whether Lastgood would start with this environment, and whether it says what was meant. */
export function checkEnvironment({ source, env }: Patient): Finding[] {
  if (env === null) return [refusalOf(source)];
  const found: Finding[] = Object.keys(source)
    .filter((name) => name.startsWith("LASTGOOD_") && !isKnown(name))
    .map((name) => warning(`Nobody reads ${name}.`, "Correct its spelling; docs/operations.md names every variable."));
  const { hostname, protocol } = new URL(env.publicUrl);
  const isPublic = !LOOPBACK.test(hostname);
  if (isPublic && protocol === "http:") {
    found.push(
      warning(
        `The console is used at ${env.publicUrl}, without TLS: passwords and tokens cross the network as they are.`,
        "Put a proxy with TLS in front and let LASTGOOD_URL begin with https (docs/guides/reverse-proxy.md).",
      ),
    );
  }
  if (protocol === "https:" && env.trustedProxies.length === 0) {
    found.push(
      warning(
        "LASTGOOD_URL is https, and no proxy is trusted: every caller seems to come from the proxy, and all share one limit of sign-ins.",
        "Let LASTGOOD_TRUSTED_PROXIES name the address of the proxy.",
      ),
    );
  }
  if (isPublic && source.LASTGOOD_URL === undefined) {
    found.push(
      warning(
        `The console listens at ${env.host} and does not know under which name it is reached.`,
        "Set LASTGOOD_URL: links and the check of a page's origin go by it.",
      ),
    );
  }
  return orWell(found, `The environment can be used; people reach the console at ${env.publicUrl}.`);
}

function refusalOf(source: NodeJS.ProcessEnv): Finding {
  try {
    readEnv(source);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return problem(error.message, error.details.hint ?? "Correct the environment.");
  }
  throw new Error("an environment that can be used was taken for one that cannot");
}
