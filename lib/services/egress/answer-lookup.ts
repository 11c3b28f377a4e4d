import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";

type Asked = Parameters<LookupFunction>;

/** Answers `net.connect`, which asks for one address or for all, of one family or of any, from those that were checked. */
export function answerLookup(addresses: readonly LookupAddress[], options: Asked[1], answer: Asked[2]): void {
  const wanted = options.family === "IPv4" ? 4 : options.family === "IPv6" ? 6 : (options.family ?? 0);
  const fit = addresses.filter(({ family }) => wanted === 0 || wanted === family);
  const [first] = fit;
  if (!first) answer(new Error("The name has no address of the kind that is asked for."), "", 0);
  else if (options.all) answer(null, fit);
  else answer(null, first.address, first.family);
}
