import type { ClusterConnection } from "../../domain/cluster-connection.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { checkHost, type EgressRules } from "../../egress-rules.ts";
import { egressRules } from "./address-rules.ts";

/** How the server of a connection is named wherever people see it: where it is, and nothing of how to get in. */
export function serverName({ host, port }: Pick<ClusterConnection, "host" | "port">): string {
  return `postgresql://${host.includes(":") ? `[${host}]` : host.toLowerCase()}:${port}`;
}

/**
 * Refuses a server that somebody names and that this machine must not be led to: one of its own ports, of its network, or one that
 * is only reached over the internet without TLS. What the operator listed (`LASTGOOD_EGRESS_ALLOW`) is taken. Throws
 * `address_refused`.
 */
export async function requireAllowedServer(
  { host, sslMode }: ClusterConnection,
  { field = "connect", rules = egressRules() }: { field?: string; rules?: EgressRules } = {},
): Promise<void> {
  const isSealed = sslMode === "require" || sslMode === "verify-full";
  try {
    await checkHost(host, isSealed ? "https:" : "postgresql:", rules, field);
  } catch (error) {
    if (!(error instanceof LastgoodError) || !/^Without TLS/.test(error.message)) throw error;
    throw new LastgoodError("address_refused", error.message, {
      field,
      hint: "Add ?sslmode=require. Whoever runs this Lastgood can allow single networks with LASTGOOD_EGRESS_ALLOW.",
    });
  }
}
