import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import ipaddr from "ipaddr.js";
import { LastgoodError } from "./domain/errors.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What Lastgood may connect to when somebody names an address: any public one, and what the operator listed. */
export type EgressRules = {
  /** Ranges (`10.0.0.0/8`) and single addresses that the operator listed. */
  allowed: readonly string[];
  /** All addresses of a name. Throws when there are none. */
  resolve(host: string): Promise<LookupAddress[]>;
};

/** The networks and addresses that LASTGOOD_EGRESS_ALLOW lists. */
export function listedRanges(text = ""): string[] {
  return text.split(/[\s,]+/).filter((range) => range !== "");
}

/** The rules with that much listed, names resolved as the machine does. */
export function rulesThatAllow(allowed: readonly string[]): EgressRules {
  return { allowed, resolve: (host) => lookup(host, { all: true }) };
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

/** All addresses of a host, IPv6 ones with or without brackets. Throws `address_refused` unless each of them is allowed. */
export async function checkHost(
  hostname: string,
  protocol: string,
  rules: EgressRules,
  field = "url",
): Promise<LookupAddress[]> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const addresses = family === 0 ? await resolve(host, rules, field) : [{ address: host, family }];
  for (const { address } of addresses) {
    const verdict = judgeAddress(address, rules);
    if (verdict === "refused") {
      throw addressRefusal(
        family === 0 ? `${host} leads to ${address}, which is no public address.` : `${host} is no public address.`,
        "Whoever runs this Lastgood can allow it with LASTGOOD_EGRESS_ALLOW.",
        field,
      );
    }
    if (verdict === "public" && protocol !== "https:") {
      throw addressRefusal(
        `Without TLS anybody on the way to ${host} can read along.`,
        "Use https. Whoever runs this Lastgood can allow http to single networks with LASTGOOD_EGRESS_ALLOW.",
        field,
      );
    }
  }
  return addresses;
}

async function resolve(host: string, rules: EgressRules, field: string): Promise<LookupAddress[]> {
  try {
    const found = await rules.resolve(host);
    if (found.length > 0) return found;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  throw addressRefusal(
    `No address was found for the name ${host}.`,
    "Check its spelling, and that this machine can resolve it.",
    field,
  );
}

export function addressRefusal(message: string, hint: string, field: string): LastgoodError {
  return new LastgoodError("address_refused", message, { field, hint });
}
