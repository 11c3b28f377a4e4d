import type { Logger } from "pino";
import type { RuntimePaths } from "../../../runtime-paths.ts";
import { type LineServer, serveLines } from "../../processes/line-socket.ts";
import { notYet } from "../not-yet.ts";
import type { AgentToReceiver, ReceiverToAgent } from "../receiver-protocol.ts";

export type ReceiverOptions = { paths: RuntimePaths; log: Logger };

/** All clusters of one registry: each kept running and received, and what the agent asks of them done one after the other. */
export class Receiver {
  readonly #server: LineServer<ReceiverToAgent, AgentToReceiver>;

  private constructor(server: LineServer<ReceiverToAgent, AgentToReceiver>) {
    this.#server = server;
  }

  static async start({ paths }: ReceiverOptions): Promise<Receiver> {
    const server = await serveLines<ReceiverToAgent, AgentToReceiver>(paths.receiverSocket, {
      asks: {
        status: () => ({ status: null }),
        flush: () => notYet("A flush"),
        base: () => notYet("A base backup"),
        swap: () => notYet("A swap"),
        discardAside: () => notYet("Removing what was set aside"),
        setPassword: () => notYet("A new password"),
      },
      tells: { hello: (_message, peer) => peer.tell("welcome", {}), look: () => undefined },
    });
    return new Receiver(server);
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }
}
