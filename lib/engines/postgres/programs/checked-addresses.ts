import { isIP } from "node:net";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { checkHost, type EgressRules, judgeAddress, rulesThatAllow } from "../../../egress-rules.ts";

let rules = rulesThatAllow([]);

/** What connections of this process to servers that people named may lead to. Until it is called nothing but public addresses. */
export function setServerRules(now: EgressRules): void {
  rules = now;
}

/**
 * Where a connection to a server goes: its name is resolved and judged for each connection, which is made to those addresses alone, so that
 * a name that leads elsewhere by now leads nowhere. Null: there is no name in it, but the address that was judged when it was given,
 * or a socket of ours. Throws `address_refused`.
 */
export async function checkedAddresses({
  host,
  sslMode,
}: Pick<ClusterConnection, "host" | "sslMode">): Promise<string[] | null> {
  if (host.startsWith("/") || isIP(host) !== 0) return null;
  const isSealed = sslMode === "require" || sslMode === "verify-full";
  const found = await checkHost(host, isSealed ? "https:" : "postgresql:", rules, "connect");
  return found.map(({ address }) => address);
}

/** A connection's way, tried one after the other: where to, and the name that its certificate is to be for. */
export type Way = { host: string; servername: string | undefined };

/** The same as ways for a client that is given one address at a time. Throws `address_refused`. */
export async function checkedWays(access: Pick<ClusterConnection, "host" | "sslMode">): Promise<Way[]> {
  const addresses = await checkedAddresses(access);
  if (addresses === null) return [{ host: access.host, servername: undefined }];
  return addresses.map((host) => ({ host, servername: access.host }));
}

/** Whether the operator has listed every address that a server's name leads to just now. */
export async function isListedServer({ host }: Pick<ClusterConnection, "host">): Promise<boolean> {
  const found = isIP(host) === 0 ? await rules.resolve(host) : [{ address: host }];
  return found.length > 0 && found.every(({ address }) => judgeAddress(address, rules) === "listed");
}

/** Whether that is about the way to a server, so that another address of it may answer. */
export function isUnreachable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|EAFNOSUPPORT)$/.test(code);
}
