import { createHash, timingSafeEqual } from "node:crypto";
import { LastgoodError } from "../../domain/errors.ts";

/** What is compared has one length, so that neither time nor length tells anything. */
const digestOf = (text: string) => createHash("sha256").update(text).digest();

/**
 * Lets the operator's monitoring in, and nobody else: figures speak of every namespace, so that no session and no API token opens them. To
 * everybody else, and where the operator has set no token, there is nothing: `not_found`.
 * @param authorization the header as it came
 * @param expected what LASTGOOD_METRICS_TOKEN says
 */
export function requireMetricsToken(authorization: string | null, expected: string | null): void {
  const given = /^Bearer ([\x21-\x7e]{1,300})$/i.exec(authorization ?? "")?.[1];
  if (expected !== null && given !== undefined && timingSafeEqual(digestOf(given), digestOf(expected))) return;
  throw new LastgoodError("not_found", "There is nothing at this address.", { hint: "Check the address." });
}
