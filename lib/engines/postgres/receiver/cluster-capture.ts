import type { CaptureStatus } from "../../../domain/capture.ts";
import type { ProtectedDatabase, Run } from "../../engine.ts";
import type { Protected, ProtectSource, Removed } from "../../owned-engine.ts";
import { notYet } from "../not-yet.ts";
import type { PostgresContext } from "../postgres-context.ts";

/** The agent's side of protection: what it writes down for the receiver, and what it asks of it. */
export class ClusterCapture {
  readonly #context: PostgresContext;

  constructor(context: PostgresContext) {
    this.#context = context;
  }

  /** As `Engine.status`. */
  async status(db: ProtectedDatabase): Promise<CaptureStatus> {
    return notYet(`The status of ${this.#context.places(db).root}`);
  }

  /** As `OwnedEngine.protect`. */
  async protect(_db: ProtectedDatabase, _source: ProtectSource, _run: Run): Promise<Protected> {
    return notYet("Protection");
  }

  /** As `OwnedEngine.register`. */
  register(_db: ProtectedDatabase): void {}

  /** As `OwnedEngine.registerAll`. */
  registerAll(_databases: readonly ProtectedDatabase[]): void {}

  /** As `OwnedEngine.release`. */
  async release(_databaseId: string, _run: Run | null): Promise<void> {}

  /** As `OwnedEngine.remove`. */
  async remove(_databaseId: string, _run: Run): Promise<Removed> {
    return { files: 0, bytes: 0 };
  }
}
