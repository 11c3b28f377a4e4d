import type { LookupAddress } from "node:dns";
import { checkHost, type EgressRules, addressRefusal as refusal } from "../../egress-rules.ts";
import { egressRules } from "./address-rules.ts";

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
