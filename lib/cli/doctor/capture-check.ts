import { AgentClient } from "../../agent/client.ts";
import { agentKeyOf } from "../../agent/peer-proof.ts";
import type { CaptureStatus } from "../../domain/capture.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { loadSecret } from "../../services/load-secret.ts";
import { type Finding, orWell, problem, warning, well } from "./finding.ts";
import { type Patient, processesOf } from "./patient.ts";
import { hasSecret } from "./secret-check.ts";

const PATIENCE_MS = 5000;
const LATE_MS = 60_000;

/** Whether every commit of every database of this machine reaches its history. */
export async function checkCapture(patient: Patient): Promise<Finding[]> {
  const { env, paths, isRunning } = patient;
  if (processesOf(patient) === "console")
    return [well("A console alone: what is captured is told by the doctor of each agent.")];
  const names = await namesOf(patient);
  if (names === null) return [warning("Capture was not looked at: the metadata cannot be read.", "Mend that first.")];
  const failed = names.filter(({ state }) => state === "failed");
  const found: Finding[] = failed.map(({ name, cause }) =>
    problem(`${name} is not protected: ${cause ?? "its protection failed"}`, "Its page tells more; protect it again."),
  );
  const active = names.filter(({ state }) => state === "active" || state === "restoring");
  if (active.length === 0) return orWell(found, "No database is protected yet.");
  if (!isRunning) {
    found.push(problem(`${active.length} databases are not captured, since Lastgood does not run.`, "Start it."));
    return found;
  }
  if (!hasSecret(patient))
    return [...found, warning("The agent was not asked: there is no secret to ask it with.", "Mend that first.")];
  if (env === null)
    return [...found, warning("The agent was not asked: the environment is not usable.", "Mend that first.")];
  try {
    const agent = new AgentClient(paths.agentSocket, agentKeyOf(loadSecret(env)));
    const ids = active.map(({ id }) => id);
    const told = await agent.ask(
      "status",
      { databaseIds: ids.slice(0, 1000) },
      PATIENCE_MS,
      AbortSignal.timeout(PATIENCE_MS),
    );
    found.push(...told.flatMap((status) => judge(nameOf(names, status.databaseId), status, patient.nowMs)));
    const silent = active.filter(({ id }) => !told.some(({ databaseId }) => databaseId === id));
    // Several agents may share the store; those of another one are its doctor's affair.
    return orWell(found, `${active.length - silent.length} databases of this machine are protected.`);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return [...found, problem(error.message, error.details.hint ?? "Look at the agent's log.")];
  }
}

type Named = { id: string; name: string; state: string; cause: string | null };

async function namesOf(patient: Patient): Promise<Named[] | null> {
  const metadata = await patient.metadata();
  const rows = await metadata?.rows(
    `SELECT d."id", n."slug", d."name", d."state", d."problem" FROM "Database" d JOIN "Namespace" n ON n."id" = d."namespaceId"
     WHERE d."deletedAtMs" IS NULL ORDER BY d."createdAtMs", d."id"`,
  );
  if (rows === undefined) return null;
  return rows.map(({ id, slug, name, state, problem: cause }) => ({
    id: String(id),
    name: `${slug}/${name}`,
    state: String(state),
    cause: cause === null ? null : String(cause),
  }));
}

const nameOf = (names: readonly Named[], id: string) => names.find((one) => one.id === id)?.name ?? id;

/** What is wrong with the capture of one database; nothing where all is well. */
export function judge(name: string, status: CaptureStatus, nowMs: number): Finding[] {
  const { state, problem: trouble, capturedThroughMs, cluster } = status;
  if (state === "stopped") {
    return [
      problem(
        `${name} is not captured: ${trouble?.cause ?? "capture has stopped."}`,
        trouble?.remedy ?? "Look at its page.",
      ),
    ];
  }
  if (trouble) return [problem(`${name}: ${trouble.cause}`, trouble.remedy)];
  if (cluster?.problem) return [problem(`${name}: ${cluster.problem.cause}`, cluster.problem.remedy)];
  if (cluster && cluster.receiver === "down")
    return [problem(`The log of ${name} is not received.`, "Look at logs/receiver.log and at the server.")];
  if (state !== "protected")
    return [warning(`${name} is not protected yet: its first image is being taken.`, "Look again in a while.")];
  const lagMs = cluster ? (cluster.lagMs ?? 0) : nowMs - (capturedThroughMs ?? nowMs);
  if (lagMs > LATE_MS) {
    const says = `The history of ${name} is ${Math.round(lagMs / 1000)} s behind.`;
    return [warning(says, "Look at the load of this machine, and at logs/reader.log or logs/receiver.log.")];
  }
  if (!cluster && !status.spare)
    return [warning(`Only one keeper holds the log of ${name}.`, "Look at logs/keeper-a.log and logs/keeper-b.log.")];
  return [];
}
