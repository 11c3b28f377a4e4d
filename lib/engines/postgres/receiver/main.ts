/**
 * The receiver: keeps hosted PostgreSQL clusters running and receives the log of every protected one. It knows nothing of the
 * metadata; what it is to do stands in the registry (`clusters.json`), what it found out in each cluster's history.
 */
import { mkdirSync } from "node:fs";
import { listedRanges, rulesThatAllow } from "../../../egress-rules.ts";
import { createLogger } from "../../../log.ts";
import { localRuntimePaths } from "../../../runtime-paths.ts";
import { setServerRules } from "../programs/checked-addresses.ts";
import { Receiver } from "./receiver.ts";

const log = createLogger("receiver");
setServerRules(rulesThatAllow(listedRanges(process.env.LASTGOOD_EGRESS_ALLOW)));
const paths = localRuntimePaths();
for (const folder of [paths.run, paths.history, paths.clusterAccess]) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}
const receiver = await Receiver.start({ paths, log });
log.info("the receiver is ready");

let stopping = false;
async function stop(why: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ why }, "the receiver ends");
  await receiver.stop();
  process.exit(0);
}
process.once("SIGTERM", () => void stop("SIGTERM"));
process.once("SIGINT", () => void stop("SIGINT"));
process.stdin.on("error", () => undefined);
process.stdin.once("end", () => void stop("end of input"));
process.stdin.resume();
