import { connect } from "node:net";
import { isServed } from "../../engines/processes/line-socket.ts";
import { type HostPort, writeHostPort } from "../../env.ts";
import { readSettings } from "../../supervisor/settings.ts";
import { type Finding, orWell, problem, warning } from "./finding.ts";
import { type Patient, processesOf } from "./patient.ts";

const CONSOLE_PATIENCE_MS = 3000;
/** More restarts than that are no accident. */
const FEW_RESTARTS = 3;
const ALL = ["console", "agent", "receiver", "reader", "keeper-a", "keeper-b"];

/** Whether everything runs, listens and answers. */
export async function checkProcesses(patient: Patient): Promise<Finding[]> {
  const { record, isRunning, paths } = patient;
  const logs = `${paths.data}/logs`;
  if (record === null || !isRunning) {
    const since = record === null ? "" : ` (its last start, process ${record.pid}, has ended)`;
    return [
      problem(
        `Lastgood does not run${since}: attached databases are unprotected, hosted ones are not served.`,
        "Start it: npm run up, systemctl start lastgood, or docker compose up.",
      ),
    ];
  }
  const expected = expectedOf(patient);
  const found: Finding[] = expected
    .filter((name) => !isAlive(record.children[name]))
    .map((name) =>
      problem(`The ${name} does not run.`, `It is started again by itself; ${logs}/${name}.log tells why it ends.`),
    );
  for (const [name, restarts] of Object.entries(record.restarts)) {
    if (restarts <= FEW_RESTARTS) continue;
    const says = `The ${name} was started again ${restarts} times since ${new Date(record.startedAtMs).toISOString()}.`;
    found.push(warning(says, `Look at the end of ${logs}/${name}.1.log.`));
  }
  if (expected.length > 1) found.push(...(await silentSockets(paths)));
  if (expected.includes("console")) found.push(...(await consoleAnswer(patient)));
  found.push(...(await silentAddress(patient)));
  return orWell(found, `All ${expected.length} processes run and answer.`);
}

function expectedOf(patient: Patient): readonly string[] {
  const processes = processesOf(patient);
  if (processes === "console") return ["console"];
  return processes === "agent" ? ALL.filter((name) => name !== "console") : ALL;
}

/** Whether consoles of other machines would find this agent where it says that it is; the name may mean something else to them. */
async function silentAddress(patient: Patient): Promise<Finding[]> {
  const { env } = patient;
  if (env === null || processesOf(patient) === "console" || env.agentLink === null) return [];
  const { address } = env.agentLink;
  const why = await whySilent(address);
  if (why === null) return [];
  return [
    warning(
      `Nobody answers at ${writeHostPort(address)}, where consoles are to find this agent: ${why}.`,
      "Look at LASTGOOD_AGENT_ADDRESS, LASTGOOD_AGENT_LISTEN, the firewall, and the end of logs/agent.log.",
    ),
  ];
}

function whySilent(address: HostPort): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(address);
    const end = (why: string | null) => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(CONSOLE_PATIENCE_MS, () => end("no connection within 3 s"));
    socket.once("connect", () => end(null));
    socket.once("error", (error) => end(error.message));
  });
}

export function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process lives as well.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function silentSockets({
  agentSocket,
  keeperSocket,
  readerSocket,
  receiverSocket,
}: Patient["paths"]): Promise<Finding[]> {
  const sockets = { agent: agentSocket, keeper: keeperSocket, reader: readerSocket, receiver: receiverSocket };
  const served = await Promise.all(
    Object.entries(sockets).map(async ([name, socket]) => ({ name, socket, is: await isServed(socket) })),
  );
  return served
    .filter(({ is }) => !is)
    .map(({ name, socket }) =>
      problem(
        `Nobody listens at the ${name}'s socket ${socket}.`,
        "Look at its log; restart Lastgood if it does not come back.",
      ),
    );
}

async function consoleAnswer({ source, record }: Patient): Promise<Finding[]> {
  const localUrl = record?.localUrl || readSettings(source).localUrl;
  try {
    const answer = await fetch(`${localUrl}/api/health`, { signal: AbortSignal.timeout(CONSOLE_PATIENCE_MS) });
    if (answer.ok) return [];
    return [
      warning(
        `The console answers that not all is ready: ${(await answer.text()).slice(0, 200)}`,
        "Look again in a moment.",
      ),
    ];
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return [
      problem(
        `The console does not answer at ${localUrl}: ${why}.`,
        "Set HOST and PORT as it was started with, or look at its log. Capture goes on without it.",
      ),
    ];
  }
}
