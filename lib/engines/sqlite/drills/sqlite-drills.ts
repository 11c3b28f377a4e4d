import path from "node:path";
import { type DrillFindings, hasPassed } from "../../../domain/drill.ts";
import { disk } from "../../../storage/disk.ts";
import type { EngineCopies, ProtectedDatabase, Run } from "../../engine.ts";
import type { DrillOrder, EngineDrills } from "../../engine-drills.ts";
import { runChild } from "../../processes/run-child.ts";
import type { EngineContext } from "../engine-context.ts";
import type { CheckedThrowaway, CheckThrowawayQuestion } from "./check-throwaway-child.ts";

/** A history's moment as a file, each page compared with what the history names, then looked through by SQLite itself. */
export class SqliteDrills implements EngineDrills {
  readonly #context: EngineContext;
  readonly #copies: Pick<EngineCopies, "writeOut">;

  constructor(context: EngineContext, copies: Pick<EngineCopies, "writeOut">) {
    this.#context = context;
    this.#copies = copies;
  }

  async drill(db: ProtectedDatabase, { id, at, assertions }: DrillOrder, run: Run): Promise<DrillFindings> {
    const folder = this.#folderOf(id);
    await this.clear(db, id);
    disk.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, "throwaway.db");
    try {
      const startedMs = performance.now();
      const { bookmark, timeMs, sizeBytes } = await this.#copies.writeOut(db, at, file, run);
      const recoveryMs = Math.round(performance.now() - startedMs);
      const input: CheckThrowawayQuestion = { file, assertions };
      const { integrity, tables, asked } = await runChild<CheckedThrowaway>({
        script: new URL("./check-throwaway-child.ts", import.meta.url),
        input,
        signal: run.signal,
        report: (done, total) => run.progress("check", done, total),
      });
      const findings = {
        ...{ bookmark, timeMs, sizeBytes, recoveryMs, tables, assertions: asked },
        checks: [
          { check: "pages", outcome: "passed" as const, text: "Each page is what the history names." },
          integrity,
        ],
      };
      if (!hasPassed(findings)) return { ...findings, evidence: folder };
      await this.clear(db, id);
      return { ...findings, evidence: null };
    } catch (error) {
      await this.clear(db, id);
      throw error;
    }
  }

  async clear(_db: ProtectedDatabase, id: string): Promise<void> {
    disk.rmSync(this.#folderOf(id), { recursive: true, force: true });
  }

  #folderOf(id: string): string {
    return path.join(this.#context.paths.drills, id);
  }
}
