import type { Server } from "node:http";
import { createServer } from "node:https";
import type { HostPort } from "../env.ts";
import { listeningOptions } from "./network-link.ts";
import { type ConsoleDoor, consoleListener, rest } from "./private-server.ts";

/** Consoles are few; whoever else connects is cut off before it has said anything, and never keeps them out for long. */
const MAX_CONNECTIONS = 1000;
const AGAIN_AFTER_MS = 2000;

/** How an agent serves consoles of other machines. `linkKey`: see network-link.ts. */
export type RemoteDoor = Omit<ConsoleDoor, "audiences"> & { agentId: string; linkKey: Buffer; listen: HostPort };

/**
 * The agent's private HTTP server once more, for consoles of other machines. An address that cannot be had is told and tried again: the
 * agent's work goes on meanwhile.
 */
export function serveRemotely(door: RemoteDoor): { close(): void; server: Server } {
  const { log, listen, agentId, linkKey } = door;
  const server = createServer(
    // A console whose network was cut says no farewell.
    { ...listeningOptions(agentId, linkKey), keepAlive: true, keepAliveInitialDelay: 30_000 },
    consoleListener({ ...door, audiences: [agentId] }),
  );
  rest(server);
  server.maxConnections = MAX_CONNECTIONS;
  let timer: NodeJS.Timeout | null = null;
  server.on("tlsClientError", (error, socket) => {
    log.debug({ err: error, from: socket.remoteAddress }, "somebody without the agent's key was cut off");
  });
  server.on("error", (error) => {
    log.error({ err: error, listen }, "the agent cannot listen at LASTGOOD_AGENT_LISTEN; it is tried again");
    timer = setTimeout(() => server.listen(listen), AGAIN_AFTER_MS);
  });
  server.on("listening", () => log.info({ listen }, "consoles of other machines are listened for"));
  server.listen(listen);
  return {
    server,
    close() {
      if (timer) clearTimeout(timer);
      server.close();
    },
  };
}
