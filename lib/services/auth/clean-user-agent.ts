const MAX_LENGTH = 300;

/** What a browser calls itself as it may be stored and shown: one line of printable ASCII, not too long; null if nothing. */
export function cleanUserAgent(text: string | null | undefined): string | null {
  const clean = (text ?? "").replaceAll(/[^\x20-\x7e]/g, "").trim();
  return clean === "" ? null : clean.slice(0, MAX_LENGTH);
}
