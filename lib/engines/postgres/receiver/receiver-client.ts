import { LastgoodError } from "../../../domain/errors.ts";
import type { RuntimePaths } from "../../../runtime-paths.ts";
import { connectLines, type LinePeer } from "../../processes/line-socket.ts";
import type { AgentToReceiver, ReceiverToAgent } from "../receiver-protocol.ts";

type Asks = AgentToReceiver["asks"];

/** The agent's end of the receiver's socket: connected when it is first asked, and anew after it was lost. */
export class ReceiverClient {
  readonly #socket: string;
  #peer: LinePeer<AgentToReceiver, ReceiverToAgent> | null = null;
  #connecting: Promise<LinePeer<AgentToReceiver, ReceiverToAgent>> | null = null;

  constructor(paths: Pick<RuntimePaths, "receiverSocket">) {
    this.#socket = paths.receiverSocket;
  }

  /** Asks the receiver. Throws its LastgoodError, `agent_unavailable` where it does not answer. */
  async ask<K extends keyof Asks & string>(
    name: K,
    question: Asks[K]["question"],
    timeoutMs: number,
  ): Promise<Asks[K]["answer"]> {
    const peer = await this.#connect();
    return peer.ask(name, question, timeoutMs);
  }

  /** Has the receiver look at the registry now. Never throws: it looks by itself soon. */
  async look(): Promise<void> {
    try {
      (await this.#connect()).tell("look", {});
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
    }
  }

  /** Whether the receiver can be reached. */
  async isThere(): Promise<boolean> {
    try {
      await this.#connect();
      return true;
    } catch (error) {
      if (error instanceof LastgoodError) return false;
      throw error;
    }
  }

  close(): void {
    this.#peer?.close();
    this.#peer = null;
  }

  async #connect(): Promise<LinePeer<AgentToReceiver, ReceiverToAgent>> {
    if (this.#peer && !this.#peer.closed) return this.#peer;
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  async #open(): Promise<LinePeer<AgentToReceiver, ReceiverToAgent>> {
    const peer = await connectLines<AgentToReceiver, ReceiverToAgent>(this.#socket, {
      asks: {},
      tells: { welcome: () => undefined },
    }).catch((error: unknown) => {
      throw new LastgoodError(
        "agent_unavailable",
        "The receiver of PostgreSQL's log does not answer.",
        { hint: "It is restarted by itself; try again in a few seconds.", retryAfterSeconds: 3 },
        { cause: error },
      );
    });
    peer.tell("hello", { as: "agent" });
    this.#peer = peer;
    return peer;
  }
}
