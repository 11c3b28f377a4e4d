import type { HealthView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { askLocalAgent } from "../agents/ask-agent.ts";

/** Of a console alone: whoever asks whether it is ready must not wait for an agent that it does not depend on. */
const ALONE_PATIENCE_MS = 1000;

/** Whether this process can read its metadata. */
async function isMetadataReadable(): Promise<boolean> {
  try {
    await metadata().setting.findFirst({ select: { key: true } });
    return true;
  } catch {
    return false;
  }
}

/**
 * Ready when console, agent, keeper and reader are; the spare keeper and the receiver may still be on their way. A console without an agent of
 * its own is ready when it is: agents that rest must not take every console out of service.
 * @param patienceMs how long the agent may stay silent before it counts as down
 */
export async function readHealth(patienceMs = 3_000): Promise<HealthView> {
  const console = (await isMetadataReadable()) ? "ready" : "down";
  const isAlone = readEnv().processes === "console";
  try {
    const { agent, keeper, spare, reader, receiver } = await askLocalAgent(
      "health",
      {},
      isAlone ? Math.min(patienceMs, ALONE_PATIENCE_MS) : patienceMs,
    );
    const ready = isAlone
      ? console === "ready"
      : console === "ready" &&
        agent === "ready" &&
        keeper === "ready" &&
        reader === "ready" &&
        spare !== "down" &&
        receiver !== "down";
    return { ready, parts: { console, agent, keeper, spare, reader, receiver } };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    const ready = isAlone && console === "ready";
    return {
      ready,
      parts: { console, agent: "down", keeper: "down", spare: "down", reader: "down", receiver: "down" },
    };
  }
}
