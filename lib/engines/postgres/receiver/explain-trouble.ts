import type { LastgoodError } from "../../../domain/errors.ts";
import { nothingKept } from "./limited-mode.ts";
import type { ReceivedCluster } from "./received-cluster.ts";

type Told = { cause: string; remedy: string };

/** What is wrong with a cluster, and what people do about it; null: nothing is. */
export function explainTrouble(cluster: ReceivedCluster): Told | null {
  const { problem, stream, zeroLoss, bases } = cluster;
  if (problem) return say(problem.error);
  if (cluster.paused) return cluster.paused;
  if (cluster.isLimited) return say(nothingKept(cluster.major()));
  if (stream?.receiver.problem) return explainReceiving(stream.receiver.problem);
  if (stream?.indexProblem) return say(stream.indexProblem);
  if (bases.problem) return say(bases.problem);
  if (zeroLoss.state === "lifted" && zeroLoss.cause) {
    return {
      cause: `Commits do not wait for the receiver although zero-loss is on: ${zeroLoss.cause}`,
      remedy: "They wait again by themselves once it keeps up; until then the last moments before a crash may be lost.",
    };
  }
  return null;
}

function say(error: LastgoodError): Told {
  return {
    cause: error.message,
    remedy: error.details.hint ?? "Look at the log of Lastgood; it is tried again by itself.",
  };
}

function explainReceiving(words: string): Told {
  if (/No space left|quota/i.test(words)) {
    return {
      cause: `The disk with the history is full (${words}).`,
      remedy:
        "Free some space there. Until then the server keeps what is not received yet, as far as its limit allows.",
    };
  }
  return { cause: `The log is not received: ${words}.`, remedy: "It is tried again by itself every few seconds." };
}
