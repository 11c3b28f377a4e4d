import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import type { Enrolled, EnrolmentAnswer } from "../../domain/enrolment.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { type RuntimePaths, runtimePaths } from "../../runtime-paths.ts";
import { beginEnrolment, readEnrolmentToken } from "../../services/agents/enrolment-seal.ts";
import { keepOnce } from "../../services/keep-once.ts";
import { CliError } from "../cli-error.ts";
import { type Command, EXIT, optionsOnly } from "../command.ts";
import type { Output } from "../output.ts";
import { calledWrongly, parseArguments } from "../parse-arguments.ts";
import { Api } from "../remote/api.ts";

const VERB = "enrol";
const TIMEOUT_MS = 30_000;
const USAGE = `usage: lastgood ${VERB} --console <address> --token <token> [options]

Makes this machine an agent of a Lastgood that runs already: databases can then live here. The token comes from the page Agents of its
console, or from lastgood agents enrol-token; it counts once, for an hour. Into the empty data directory come the agent's id, its key,
and the installation's secret, each for this user alone. The token itself is not sent, and what comes back is encrypted with it, over
http as well.

  --console <address>    the console's address, as https://lastgood.example.com
  --token <token>        the token
  --token-file <file>    a file with the token instead, which no list of processes shows
  --data <folder>        the data directory, empty or not there yet; LASTGOOD_DATA, or .lastgood here
  --json                 one JSON object instead of text, errors too

Then start Lastgood here with LASTGOOD_PROCESSES=agent, the same DATABASE_URL as the console, and LASTGOOD_AGENT_LISTEN.

exit codes: 0 done, 1 failed, 2 called wrongly, 3 the token does not count, 5 the folder is not empty, or not this user's,
10 no console there`;

const OPTIONS = {
  console: { type: "string" },
  token: { type: "string" },
  "token-file": { type: "string" },
  data: { type: "string" },
  json: { type: "boolean" },
} as const;

/** Makes this machine an agent. */
export const enrol: Command = { usage: USAGE, run, shape: optionsOnly(OPTIONS) };

async function run(args: readonly string[], output: Output): Promise<number> {
  const { values, positionals } = parseArguments(VERB, args, OPTIONS);
  if (positionals.length > 0) throw calledWrongly(VERB, `There is nothing to do with ${positionals.join(" ")}`);
  const url = values.console?.replace(/\/+$/, "") ?? "";
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : "")) {
    throw calledWrongly(VERB, "Say which console, with --console https://…");
  }
  const data = path.resolve(values.data ?? process.env.LASTGOOD_DATA ?? ".lastgood");
  const clusters = process.env.LASTGOOD_CLUSTERS;
  const paths = runtimePaths(data, clusters ? path.resolve(clusters) : null);
  requireEmpty(data);
  const token = readEnrolmentToken(givenToken(values["token-file"], values.token));
  if (token === null) throw calledWrongly(VERB, "That is no token for an agent: it begins with lge_");

  const { agentSocket: socketPath, hosted } = paths;
  const machine = { machineId: randomUUID(), hostName: hostname(), socketPath, hosted, clusters: paths.clusters };
  const { request, open } = beginEnrolment(token, machine);
  const api = new Api({ url, token: null, tokenFrom: "nowhere", timeoutMs: TIMEOUT_MS });
  const enrolled = open(await api.post<EnrolmentAnswer>("/api/enrolments", request));
  if (enrolled === null) {
    throw new CliError("bad_answer", `What answers at ${url} does not know this token's key: nothing was kept.`, {
      hint: "Check the address. Make another token: this one may be used up.",
    });
  }
  keep(paths, enrolled, machine.machineId);
  const { agentId, region, databases } = enrolled;
  output.answer({ agentId, region, databases, data }, () => nextSteps(enrolled, data));
  return EXIT.ok;
}

/** Never over an installation: its secret, its id and its databases are nobody else's. */
function requireEmpty(data: string): void {
  if (existsSync(data) && readdirSync(data).length > 0) {
    throw new LastgoodError("conflict", `${data} is not empty: it may be another Lastgood's data directory.`, {
      hint: "Name an empty folder with --data, or one that is not there yet. The token was not used.",
    });
  }
  mkdirSync(data, { recursive: true, mode: 0o700 });
}

function givenToken(file: string | undefined, token: string | undefined): string {
  if ((file === undefined) === (token === undefined)) throw calledWrongly(VERB, "Give either --token or --token-file");
  return file === undefined ? (token ?? "") : readFileSync(file, "utf8");
}

/** The id last: a folder in which something went wrong is no agent's. */
function keep(paths: RuntimePaths, { agentId, agentKey, secret }: Enrolled, machineId: string): void {
  keepOnce(paths.secret, () => secret);
  keepOnce(paths.agentKey, () => agentKey);
  keepOnce(paths.machineId, () => machineId);
  keepOnce(paths.agentId, () => agentId);
}

function nextSteps({ agentId, region, databases }: Enrolled, data: string): string[] {
  const taken = databases === 0 ? "" : ` It took over ${databases} ${databases === 1 ? "database" : "databases"}.`;
  return [
    `This machine is the agent ${agentId} in the region ${region}.${taken}`,
    "",
    "Start Lastgood here, as a service or with npm run up, with",
    "  DATABASE_URL            the same as the console's",
    `  LASTGOOD_DATA           ${data}`,
    "  LASTGOOD_PROCESSES      agent",
    "  LASTGOOD_AGENT_LISTEN   where it listens for consoles, as 0.0.0.0:7443",
    `  LASTGOOD_AGENT_ADDRESS  how consoles reach it, as ${hostname()}:7443`,
  ];
}
