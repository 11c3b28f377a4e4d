import { LastgoodError } from "../domain/errors.ts";
import type { ProtectedDatabase } from "../engines/engine.ts";
import { type AgentDatabase, listAgentDatabases } from "../services/databases/list-agent-databases.ts";

/** The databases that one agent owns, read freshly from the metadata. */
export class OwnedDatabases {
  readonly #agentId: string;
  /** A question asked many times a second must not become a query each time; a row is read again after this long. */
  readonly #freshForMs: number;
  #known = new Map<string, AgentDatabase>();
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | null = null;

  constructor(agentId: string, freshForMs = 500) {
    this.#agentId = agentId;
    this.#freshForMs = freshForMs;
  }

  /** Throws `not_found` when this agent owns no such database. */
  async get(id: string): Promise<ProtectedDatabase> {
    if (performance.now() - this.#readAtMs > this.#freshForMs || !this.#known.has(id)) await this.refresh();
    const found = this.#known.get(id);
    if (!found) throw new LastgoodError("not_found", "This agent owns no such database.");
    return asProtected(found);
  }

  /** Those whose commits are to be captured: all but deleted ones and those whose protection failed. */
  async toCapture(): Promise<ProtectedDatabase[]> {
    await this.refresh();
    const captured = [...this.#known.values()].filter(({ state }) => state === "active" || state === "restoring");
    return captured.map(asProtected);
  }

  async refresh(): Promise<void> {
    this.#reading ??= listAgentDatabases(this.#agentId)
      .then((rows) => {
        this.#known = new Map(rows.map((row) => [row.id, row]));
        this.#readAtMs = performance.now();
      })
      .finally(() => {
        this.#reading = null;
      });
    await this.#reading;
  }
}

function asProtected({
  id,
  name,
  engine,
  origin,
  path,
  windowDays,
  restoreWay,
  zeroLoss,
}: AgentDatabase): ProtectedDatabase {
  return { id, name, engine, origin, path, windowDays, restoreWay, zeroLoss };
}
