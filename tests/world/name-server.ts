import { createSocket } from "node:dgram";
import { promises as dns, type LookupAddress } from "node:dns";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

export type NameServer = {
  /** All IPv4 addresses of a name, asked of this server. */
  resolve(host: string): Promise<LookupAddress[]>;
  stop(): Promise<void>;
};

const HEADER_BYTES = 12;
const TYPE_AND_CLASS_BYTES = 4;
const A_RECORD = 1;

/** A name server on a free UDP port of this machine; `answer` gives the IPv4 addresses of a name, anew for each question. */
export async function startNameServer(answer: (name: string) => readonly string[]): Promise<NameServer> {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => socket.send(answerTo(question, answer), from.port, from.address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const resolver = new dns.Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`127.0.0.1:${(socket.address() as AddressInfo).port}`]);
  return {
    resolve: async (host) => (await resolver.resolve4(host)).map((address) => ({ address, family: 4 })),
    stop: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** A message of RFC 1035: the question again, and one A record for each address that nobody may keep (TTL 0). */
function answerTo(question: Buffer, answer: (name: string) => readonly string[]): Buffer {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 1 + TYPE_AND_CLASS_BYTES;
  const addresses = question.readUInt16BE(at + 1) === A_RECORD ? answer(labels.join(".")) : [];
  const head = Buffer.alloc(HEADER_BYTES);
  question.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) =>
    Buffer.from([0xc0, HEADER_BYTES, 0, A_RECORD, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
  );
  return Buffer.concat([head, question.subarray(HEADER_BYTES, end), ...records]);
}
