/**
 * The reader: `node main.ts` with LASTGOOD_DATA set to the absolute path of the data directory. Ends with 0 on SIGTERM, SIGINT or the
 * end of its standard input, after everything captured so far is durable.
 */
import { flushCompileCache } from "node:module";
import { createLogger } from "../../../log.ts";
import { runtimePaths } from "../../../runtime-paths.ts";
import { disk } from "../../../storage/disk.ts";
import { Reader } from "./reader.ts";

const log = createLogger("reader");
const data = process.env.LASTGOOD_DATA;
if (!data) throw new Error("LASTGOOD_DATA names the data directory");
const paths = runtimePaths(data);
disk.mkdirSync(paths.run, { recursive: true, mode: 0o700 });
// One that is killed would not keep what it has compiled, and the next one is waited for.
flushCompileCache();

const reader = await Reader.start(paths, log);
log.info("ready");

let ending = false;
async function end(reason: string): Promise<void> {
  if (ending) return;
  ending = true;
  log.info({ reason }, "ending");
  await reader.close();
  process.exit(0);
}
process.on("SIGTERM", () => void end("SIGTERM"));
process.on("SIGINT", () => void end("SIGINT"));
process.stdin.on("error", () => void end("standard input failed"));
process.stdin.once("end", () => void end("standard input ended"));
process.stdin.resume();
