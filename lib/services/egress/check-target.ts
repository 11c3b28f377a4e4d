import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { LastgoodError } from "../../domain/errors.ts";
import { type EgressRules, egressRules, judgeAddress } from "./address-rules.ts";

/** Where a connection may go: the addresses that were checked, and nothing else. */
export type CheckedTarget = { url: URL; addresses: LookupAddress[] };

type Options = { field?: string; rules?: EgressRules };

/**
 * Reads an address that somebody gave and finds where it leads. Every address of its name must be allowed: a name that also
 * leads inside would be a way inside. Without TLS only to what the operator listed. Throws `address_refused`.
 */
export async function checkTarget(
  address: string,
  { field = "url", rules = egressRules() }: Options = {},
): Promise<CheckedTarget> {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw refusal("The address is no http or https URL.", "Give one such as https://example.com/hooks.", field);
  }
  if (url.username !== "" || url.password !== "") {
    throw refusal(
      "The address holds a user name or password.",
      "Leave them out: addresses are shown and logged.",
      field,
    );
  }
  return { url, addresses: await checkHost(url.hostname, url.protocol, rules, field) };
}

/** The same for what is only to be saved: answers nothing, throws `address_refused`. */
export async function requireAllowedAddress(address: string, options: Options = {}): Promise<void> {
  await checkTarget(address, options);
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
      throw refusal(
        family === 0 ? `${host} leads to ${address}, which is no public address.` : `${host} is no public address.`,
        "Whoever runs this Lastgood can allow it with LASTGOOD_EGRESS_ALLOW.",
        field,
      );
    }
    if (verdict === "public" && protocol !== "https:") {
      throw refusal(
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
  throw refusal(
    `No address was found for the name ${host}.`,
    "Check its spelling, and that this machine can resolve it.",
    field,
  );
}

function refusal(message: string, hint: string, field: string): LastgoodError {
  return new LastgoodError("address_refused", message, { field, hint });
}
