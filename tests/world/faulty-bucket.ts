import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * What goes wrong between a store and its client. `silent`: nobody answers; `stalled`: the answer begins and does not go on; `cut`: what was
 * asked is done, and its answer lost.
 */
export type BucketFault = "none" | "slow" | "500" | "denied" | "full" | "cut" | "silent" | "stalled";

export type FaultyBucket = { endpoint: string; fault: BucketFault; asked: number; stop(): Promise<void> };

const SLOW_MS = 400;
const ERRORS: Partial<Record<BucketFault, { status: number; code: string }>> = {
  "500": { status: 500, code: "InternalError" },
  denied: { status: 403, code: "AccessDenied" },
  full: { status: 507, code: "XMinioStorageFull" },
};

/** A way to a store on which anything can go wrong, request by request. */
export async function startFaultyBucket(endpoint: string): Promise<FaultyBucket> {
  const { hostname, port } = new URL(endpoint);
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bucket: FaultyBucket = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: "none",
    asked: 0,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return bucket;

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { fault } = bucket;
    bucket.asked += 1;
    if (fault === "silent") return;
    if (fault === "stalled") {
      outgoing.writeHead(200, { "content-type": "application/xml", "content-length": "100000" });
      outgoing.write("<?xml");
      return;
    }
    const error = ERRORS[fault];
    if (error) {
      incoming.resume();
      outgoing.writeHead(error.status, { "content-type": "application/xml" });
      outgoing.end(
        `<?xml version="1.0"?><Error><Code>${error.code}</Code><Message>as the test wants it</Message></Error>`,
      );
      return;
    }
    if (fault === "slow") await sleep(SLOW_MS);
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (answer) => {
      if (fault === "cut") {
        incoming.socket.destroy();
        answer.resume();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.destroy());
    incoming.pipe(onward);
  }
}
