import { closeSync, openSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { formatLsn, parseLsn } from "../../../domain/cluster-bookmark.ts";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { readUpTo } from "../../../storage/durable-file.ts";
import { listReceived, type ReceivedFile } from "../history/wal-files.ts";
import { checkedWays } from "../programs/checked-addresses.ts";
import { tlsOf } from "./open-session.ts";

export type Received = {
  /** The receiver's folder. */
  wal: string;
  segmentBytes: number;
  /** Everything before this position was received and read. */
  throughLsn: bigint;
};

/** A segment that is gone on the server; its positions are all that can be compared. */
const NO_SUCH_FILE = "58P01";
const WITHIN_MS = 60_000;
const MESSAGE_HEADER_BYTES = 25;
const LOG = "w".charCodeAt(0);

/**
 * Whether what a server writes now goes on from what was received of it. A server that was set back from outside (a snapshot of its
 * disk, an older standby in its place) writes other log at positions that were received already: streaming on would write over what
 * is kept. So it is asked before, over a connection of its own. Null: it goes on. Otherwise why not, in words. Throws where that
 * cannot be found out.
 */
export async function findSetBack(access: ClusterConnection, received: Received): Promise<string | null> {
  const { wal, segmentBytes, throughLsn } = received;
  const segment = Number((throughLsn - 1n) / BigInt(segmentBytes));
  const file = listReceived(wal, segmentBytes).findLast((one) => one.segment === segment);
  if (!file) return null;
  const { port, user, password } = access;
  const [{ host, servername } = { host: access.host, servername: undefined }] = await checkedWays(access);
  const tls = tlsOf(access);
  const options = { host, port, user, password, ssl: tls && { ...tls, servername }, connectionTimeoutMillis: 10_000 };
  const client = new pg.Client({ ...options, replication: "true" } as pg.ClientConfig);
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ timeline: string; xlogpos: string }>("IDENTIFY_SYSTEM");
    const [timeline, endLsn] = [Number(rows[0]?.timeline), parseLsn(rows[0]?.xlogpos ?? "") ?? 0n];
    const upto = formatLsn(throughLsn);
    if (timeline < file.timeline) return `it is on timeline ${timeline}, and ${file.timeline} was received`;
    if (endLsn < throughLsn) return `its log ends at ${formatLsn(endLsn)}, and ${upto} was received`;
    if (timeline > file.timeline) {
      const leftLsn = await whereLeft(client, timeline, file.timeline);
      if (leftLsn === null) return `its timeline ${timeline} did not come out of ${file.timeline}, which was received`;
      if (leftLsn < throughLsn)
        return `it left timeline ${file.timeline} at ${formatLsn(leftLsn)}, and ${upto} was received`;
    }
    const differsAt = await compare(client, received, file);
    return differsAt === null ? null : `its log is another one from ${formatLsn(differsAt)} on`;
  } finally {
    // It may be streaming: nothing of that is wanted.
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }
}

/** Where a timeline was left for a later one; null: that one does not come from it. */
async function whereLeft(client: pg.Client, timeline: number, left: number): Promise<bigint | null> {
  const { rows } = await client.query<{ content: Buffer | string }>(`TIMELINE_HISTORY ${timeline}`);
  const lines = String(rows[0]?.content ?? "").split("\n");
  const line = lines.map((one) => one.split("\t")).find(([number]) => Number(number) === left);
  return line?.[1] === undefined ? null : parseLsn(line[1]);
}

/** The first position that differs; null: none does, or the server has that log no more. */
async function compare(
  client: pg.Client,
  { wal, segmentBytes, throughLsn }: Received,
  file: ReceivedFile,
): Promise<bigint | null> {
  const startLsn = BigInt(file.segment) * BigInt(segmentBytes);
  const fd = openSync(path.join(wal, file.name), "r");
  let ours: Buffer;
  try {
    ours = readUpTo(fd, Number(throughLsn - startLsn), 0);
  } finally {
    closeSync(fd);
  }
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("the server sends none of its log")), WITHIN_MS);
    const end = (differsAt: bigint | null) => {
      clearTimeout(late);
      resolve(differsAt);
    };
    const fail = (error: Error) => {
      clearTimeout(late);
      if ("code" in error && error.code === NO_SUCH_FILE) resolve(null);
      else reject(error);
    };
    const take = ({ chunk }: { chunk: Buffer }) => {
      if (chunk[0] !== LOG) return;
      const at = Number(chunk.readBigUInt64BE(1) - startLsn);
      const theirs = chunk.subarray(MESSAGE_HEADER_BYTES, MESSAGE_HEADER_BYTES + Math.max(0, ours.length - at));
      const own = ours.subarray(at, at + theirs.length);
      if (!own.equals(theirs)) end(startLsn + BigInt(at + firstDifference(own, theirs)));
      else if (at + theirs.length >= ours.length) end(null);
    };
    client.once("end", () => fail(new Error("the server ended the connection")));
    const query = {
      submit: (connection: { query(text: string): void }) =>
        connection.query(`START_REPLICATION PHYSICAL ${formatLsn(startLsn)} TIMELINE ${file.timeline}`),
      handleCopyData: take,
      handleError: fail,
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => fail(new Error("the server ended its log")),
    };
    (client as unknown as { query(one: object): void }).query(query);
  });
}

function firstDifference(one: Buffer, other: Buffer): number {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return i;
  return one.length;
}
