/**
 * The keeper's process; two of them run. The first to bind `keeper.sock` is primary, the other one its spare, and takes its
 * place when its connection ends.
 *
 * It opens databases through node:sqlite alone: a raw descriptor of a database or its `-shm`, once closed, would drop the
 * locks of every connection that this process has to it.
 */
import { mkdirSync } from "node:fs";
import { flushCompileCache } from "node:module";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createLogger } from "../../../log.ts";
import { runtimePaths } from "../../../runtime-paths.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import { type LineServer, serveLines } from "../../processes/line-socket.ts";
import { Checkpointer } from "./checkpointer.ts";
import type { LogHold } from "./log-hold.ts";
import { readLogLimit } from "./log-limit.ts";
import { requireSafeSqlite } from "./open-live.ts";
import { type FromPeers, PrimaryKeeper, type ToPeers } from "./primary-keeper.ts";
import { serveAsSpare } from "./spare-keeper.ts";

const CLOSE_WITHIN_MS = 4000;
const SHORT_SERVICE_MS = 1000;
/** No name, no listener, one that dies while it accepts, or one that has too many in its queue. */
const NOT_SERVED: readonly unknown[] = ["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "EAGAIN"];

const log = createLogger("keeper");
const data = process.env.LASTGOOD_DATA;
if (!data) throw new Error("LASTGOOD_DATA names the data directory");
requireSafeSqlite();

const paths = runtimePaths(path.resolve(data));
const ending = new AbortController();
const checkpointer = new Checkpointer();
const limit = readLogLimit(process.env);
const holds = new Map<string, LogHold>();
let primary: { keeper: PrimaryKeeper; server: LineServer<ToPeers, FromPeers> } | null = null;

mkdirSync(paths.run, { recursive: true, mode: 0o700 });
// One that is killed would not keep what it has compiled, and the next one is waited for.
flushCompileCache();
process.once("SIGTERM", () => void end("SIGTERM"));
process.once("SIGINT", () => void end("SIGINT"));
process.stdin.on("error", () => undefined);
process.stdin.once("end", () => void end("end of input"));
process.stdin.resume();

await takePart();

/** Primary or spare, as it comes, until the end. */
async function takePart(): Promise<void> {
  while (!ending.signal.aborted && !(await becomePrimary())) {
    const startedMs = Date.now();
    try {
      await serveAsSpare(paths.keeperSocket, holds, log, ending.signal);
    } catch (error) {
      // The one who holds the name may just be dying: the next try decides. What is held here stays held meanwhile.
      if (!isNobodyThere(error)) throw error;
    }
    if (Date.now() - startedMs < SHORT_SERVICE_MS) await sleep(20 + Math.random() * 80);
  }
}

async function becomePrimary(): Promise<boolean> {
  const keeper = new PrimaryKeeper(holds, checkpointer, limit, log);
  try {
    primary = { keeper, server: await serveLines<ToPeers, FromPeers>(paths.keeperSocket, keeper.handlers) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
  reachPoint("keep.socket-served");
  log.info({ keeper: keeper.id, inherited: holds.size }, "this keeper is the primary one");
  keeper.begin(paths.registry);
  return true;
}

/** A clean end lets every log go as any program would; a crash never comes here and leaves the rest to the other keeper. */
async function end(why: string): Promise<void> {
  if (ending.signal.aborted) return;
  log.info({ why }, "keeper ends");
  ending.abort(new Error("the keeper ends"));
  setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref();
  await primary?.keeper.close();
  for (const hold of holds.values()) hold.close();
  await checkpointer.close();
  await primary?.server.close();
  process.exit(0);
}

function isNobodyThere(error: unknown): boolean {
  return error instanceof Error && "code" in error && NOT_SERVED.includes(error.code);
}
