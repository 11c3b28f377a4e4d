import { createHash } from "node:crypto";
import { createReadStream, existsSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError, toWireError } from "../domain/errors.ts";
import type { Engine, ProtectedDatabase, ScriptAnswer } from "../engines/engine.ts";
import type { ScriptRunReply } from "./protocol.ts";
import type { QueryCounters } from "./query-counters.ts";

const KEPT_MS = 3_600_000;

type ScriptRun = {
  databaseId: string;
  uploadId: string;
  atBookmark: string;
  beganAtMs: number;
  /** What became of it, once that is known. */
  ended: ScriptRunReply["ended"];
  ending: Promise<void>;
};
export type ScriptRunOrder = { uploadId: string; md5: string };

/**
 * Uploaded files of SQL that are run on hosted databases. They are known to this run of the agent alone: one that it was in the
 * middle of when it died has either taken place as a whole or not at all, and is not known any more. Beginning the same upload
 * twice begins it once.
 */
export class ScriptRuns {
  readonly #uploads: string;
  readonly #engine: () => Pick<Engine, "runScript" | "current">;
  readonly #counts: Pick<QueryCounters, "addScript">;
  readonly #runs: ScriptRun[] = [];

  /** @param uploads the folder that whole uploads are in */
  constructor(
    uploads: string,
    engine: () => Pick<Engine, "runScript" | "current">,
    counts: Pick<QueryCounters, "addScript">,
  ) {
    this.#counts = counts;
    this.#uploads = uploads;
    this.#engine = engine;
  }

  /** Begins to run an upload, and waits a while for its end. Throws `conflict` where there is no such upload, or no more. */
  async begin(db: ProtectedDatabase, { uploadId, md5 }: ScriptRunOrder, waitMs: number): Promise<ScriptRunReply> {
    this.#forgetOld();
    const known = this.#runs.find((run) => run.databaseId === db.id && run.uploadId === uploadId);
    if (known) return this.#answer(known, waitMs);
    const { bookmark } = await this.#engine().current(db);
    const upload = path.join(this.#uploads, `${uploadId}.upload`);
    // Two calls at once: the file's name is exchanged once.
    const again = this.#runs.find((run) => run.databaseId === db.id && run.uploadId === uploadId);
    if (again) return this.#answer(again, waitMs);
    if (!existsSync(upload)) throw noUpload();
    const file = path.join(this.#uploads, `${uploadId}.part`);
    renameSync(upload, file);
    const run: ScriptRun = {
      databaseId: db.id,
      uploadId,
      atBookmark: bookmark,
      beganAtMs: performance.now(),
      ended: null,
      ending: Promise.resolve(),
    };
    run.ending = this.#carryOut(db, file, md5).then((ended) => {
      run.ended = ended;
    });
    this.#runs.push(run);
    return this.#answer(run, waitMs);
  }

  /** Where the newest run stands that began at a bookmark; waits a while for its end. Throws `conflict`. */
  async follow(databaseId: string, atBookmark: string, waitMs: number): Promise<ScriptRunReply> {
    const run = this.#runs.findLast((one) => one.databaseId === databaseId && one.atBookmark === atBookmark);
    if (!run) throw notKnown();
    return this.#answer(run, waitMs);
  }

  async #answer(run: ScriptRun, waitMs: number): Promise<ScriptRunReply> {
    const stop = new AbortController();
    await Promise.race([run.ending, sleep(waitMs, undefined, { signal: stop.signal }).catch(() => undefined)]);
    stop.abort();
    return { atBookmark: run.atBookmark, ended: run.ended };
  }

  async #carryOut(db: ProtectedDatabase, file: string, md5: string): Promise<ScriptRunReply["ended"]> {
    try {
      if ((await digestOf(file)) !== md5) throw otherBytes();
      const answer = await this.#engine().runScript(db, file);
      this.#counts.addScript(db.id, answer);
      return { ok: true, ...toReport(answer) };
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      const refusal = error instanceof LastgoodError ? error : new LastgoodError("internal", cause);
      return { ok: false, error: toWireError(refusal) };
    } finally {
      rmSync(file, { force: true });
    }
  }

  #forgetOld(): void {
    const oldest = performance.now() - KEPT_MS;
    const stays = this.#runs.filter(({ ended, beganAtMs }) => ended === null || beganAtMs > oldest);
    this.#runs.splice(0, this.#runs.length, ...stays);
  }
}

function toReport({ statements, meta, bookmark }: ScriptAnswer) {
  const { durationMs, rowsRead, rowsWritten, sizeAfterBytes } = meta;
  return { statements, durationMs, rowsRead, rowsWritten, sizeAfterBytes, bookmark };
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("md5");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

function noUpload(): LastgoodError {
  return new LastgoodError("conflict", "This file is not there any more: it was never uploaded whole, or was run.", {
    hint: "Look at what the database holds, then begin the import again.",
  });
}

function notKnown(): LastgoodError {
  return new LastgoodError(
    "not_found",
    "This import is not known: the agent was started anew since, or it is long over.",
    {
      hint: "All of it took place or nothing: look at what the database holds, and begin it again if it did not.",
    },
  );
}

function otherBytes(): LastgoodError {
  return new LastgoodError("invalid_input", "The file is not the one whose MD5 was announced.", {
    field: "etag",
    hint: "Begin the import again.",
  });
}
