import { readToldStops } from "../../events/capture-stops.ts";
import type { FactSource } from "./fact-source.ts";

/** Commits of a database are not captured: what the watch of capture has told of, until it is captured again. */
export const captureStopped: FactSource = {
  kinds: ["capture_stopped"],
  async find({ db, agentId }) {
    const stops = await readToldStops(db, agentId);
    return stops.map(({ databaseId, sinceMs, reason, remedy }) => ({
      kind: "capture_stopped",
      subject: { databaseId },
      sinceMs,
      text: `${reason} What is written meanwhile cannot be brought back.`,
      remedy,
    }));
  },
};
