const NOWHERE = "http://console.invalid";
const LONGEST = 2_000;

/** The header in which the proxy says which page was asked for. */
export const ASKED_PAGE_HEADER = "lastgood-page";

/**
 * The path that somebody goes to after signing in: the one they asked for, where it is a page of this console; else the first page. What comes
 * in is anybody's, and must not lead elsewhere.
 */
export function pageAfterSignIn(asked: unknown): string {
  if (typeof asked !== "string" || asked.length > LONGEST || !/^\/(?![/\\])/.test(asked)) return "/";
  const url = URL.parse(asked, NOWHERE);
  if (!url || url.origin !== NOWHERE) return "/";
  url.searchParams.delete("_rsc");
  const path = `${url.pathname}${url.search}`;
  // `/.//elsewhere` is another one's address once its dots are gone.
  return /^\/(?![/\\])/.test(path) && !/^\/(sign-in|set-up)\b/.test(path) ? path : "/";
}

/** The sign-in page that leads back to what was asked for. */
export function signInAddress(asked: unknown): string {
  const path = pageAfterSignIn(asked);
  return path === "/" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(path)}`;
}
