import { askAgent } from "../../agent/client.ts";
import type { HealthView } from "../../client/api-types.ts";
import { LastgoodError } from "../../domain/errors.ts";

/** Ready when console, agent, keeper and reader are; the spare keeper may still be on its way. */
export async function readHealth(): Promise<HealthView> {
  try {
    const { agent, keeper, spare, reader } = await askAgent("health", {}, 3_000);
    const ready = agent === "ready" && keeper === "ready" && reader === "ready" && spare !== "down";
    return { ready, parts: { console: "ready", agent, keeper, spare, reader } };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return { ready: false, parts: { console: "ready", agent: "down", keeper: "down", spare: "down", reader: "down" } };
  }
}
