import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { readEnv } from "../../env.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What Lastgood may connect to when somebody names an address: any public one, and what the operator listed. */
export type EgressRules = {
  /** Ranges (`10.0.0.0/8`) and single addresses that the operator listed. */
  allowed: readonly string[];
  /** All addresses of a name. Throws when there are none. */
  resolve(host: string): Promise<LookupAddress[]>;
};

/** The rules that the environment gives (`LASTGOOD_EGRESS_ALLOW`), names resolved as the machine does. */
export function egressRules(): EgressRules {
  return { allowed: readEnv().egressAllow, resolve: (host) => lookup(host, { all: true }) };
}

/** Addresses inside of clouds that hand out credentials or reach the host, and yet count as public. */
const SERVICES_OF_CLOUDS = ["168.63.129.16"];
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");

/**
 * `listed`: the operator allows it. `public`: anybody's on the internet. `refused`: private, of this machine, link-local (where
 * clouds answer for credentials), shared, multicast, reserved, or one that stands for an IPv4 address behind a translator.
 */
export function judgeAddress(
  address: string,
  { allowed }: Pick<EgressRules, "allowed">,
): "listed" | "public" | "refused" {
  if (!ipaddr.isValid(address)) return "refused";
  // An IPv4 address in IPv6 clothes is the IPv4 address.
  const plain = ipaddr.process(address);
  if (allowed.some((range) => isWithin(plain, range))) return "listed";
  if (plain.range() !== "unicast" || SERVICES_OF_CLOUDS.includes(plain.toString())) return "refused";
  return plain instanceof ipaddr.IPv6 && !plain.match(GLOBAL_UNICAST) ? "refused" : "public";
}

function isWithin(address: Address, range: string): boolean {
  const [network, bits] = range.includes("/") ? ipaddr.parseCIDR(range) : single(range);
  return address.kind() === network.kind() && address.match(network, bits);
}

function single(address: string): [Address, number] {
  const parsed = ipaddr.process(address);
  return [parsed, parsed.kind() === "ipv4" ? 32 : 128];
}
