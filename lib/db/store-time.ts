import { metadataPlace } from "../metadata-place.ts";
import { type MetadataReader, metadata } from "./client.ts";

/**
 * Now, Unix milliseconds, by the one clock that all machines of a store share: the server's, and with metadata in a file, which one
 * machine has, its own. Whatever one machine writes down and another one goes by is told by this: who lives, whose lease is over, what may be
 * removed for good. It is asked for before what is compared is read, so that whoever stands still in between takes less for over, never more.
 */
export async function storeNowMs(db: MetadataReader = metadata()): Promise<bigint> {
  if (metadataPlace().provider === "sqlite") return BigInt(Date.now());
  const rows = await db.$queryRaw<
    { now: bigint }[]
  >`SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS "now"`;
  const now = rows[0]?.now;
  if (now === undefined) throw new Error("a question for the time has one row");
  return BigInt(now);
}
