import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Received = { method: string; path: string; headers: Record<string, string>; body: string };
/** Answers a request that came; without an answer of its own it is taken with 204. */
export type Answering = (received: Received, response: ServerResponse) => void;

export type Receiver = {
  url: string;
  /** All that came, in the order in which it did. */
  received: Received[];
  answer: Answering;
  /** Waits until there are so many. */
  until(count: number): Promise<Received[]>;
  stop(): Promise<void>;
};

/** A real HTTP server on a free port of 127.0.0.1 that keeps what it is sent. */
export async function startReceiver(
  answer: Answering = (_, response) => response.writeHead(204).end(),
): Promise<Receiver> {
  const waiting = new Set<() => void>();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part as string;
    const one = { method: request.method ?? "", path: request.url ?? "", headers: plain(request.headers), body };
    receiver.received.push(one);
    receiver.answer(one, response);
    for (const look of waiting) look();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received: [],
    answer,
    until: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (receiver.received.length < count) return;
          waiting.delete(look);
          resolve(receiver.received);
        };
        waiting.add(look);
        look();
      }),
    async stop() {
      server.close().closeAllConnections();
      await once(server, "close");
    },
  };
  return receiver;
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}
