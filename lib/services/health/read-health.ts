import { askAgent } from "../../agent/client.ts";
import type { HealthView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";

/** Whether this process can read its metadata. */
async function isMetadataReadable(): Promise<boolean> {
  try {
    await metadata().setting.findFirst({ select: { key: true } });
    return true;
  } catch {
    return false;
  }
}

/** Ready when console, agent, keeper and reader are; the spare keeper may still be on its way. */
export async function readHealth(): Promise<HealthView> {
  const console = (await isMetadataReadable()) ? "ready" : "down";
  try {
    const { agent, keeper, spare, reader } = await askAgent("health", {}, 3_000);
    const ready =
      console === "ready" && agent === "ready" && keeper === "ready" && reader === "ready" && spare !== "down";
    return { ready, parts: { console, agent, keeper, spare, reader } };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return { ready: false, parts: { console, agent: "down", keeper: "down", spare: "down", reader: "down" } };
  }
}
