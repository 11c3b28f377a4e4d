import { readFileSync } from "node:fs";
import { z } from "zod";

const routes = z.array(z.object({ page: z.string(), regex: z.string() }));
const manifest = z.object({ staticRoutes: routes, dynamicRoutes: routes });

/** What a path is called that no route answers. */
export const NO_ROUTE = "none";
/** What answers in the place of a route that is not there. */
const NOTHING = "/[[...nothing]]";
/** Scripts, styles and pictures of the console. */
export const ASSETS = "/_next";

/**
 * Tells the pattern of the page or route that answers a path, as `/databases/[db]`: patterns may be logged and counted, addresses hold names and
 * one-time links.
 * @param file the routes' manifest of the console's build; without one every path is `none`
 */
export function openRoutePatterns(file: string): (path: string) => string {
  const known = readManifest(file);
  const fixed = new Map(known.staticRoutes.map(({ page }) => [page, page]));
  const patterns = known.dynamicRoutes.map(({ page, regex }) => ({ page, regex: new RegExp(regex) }));
  return (path) => {
    if (path.startsWith(`${ASSETS}/`)) return ASSETS;
    const plain = path.length > 1 ? path.replace(/\/$/, "") : path;
    const page = fixed.get(plain) ?? patterns.find(({ regex }) => regex.test(plain))?.page ?? NO_ROUTE;
    return page.endsWith(NOTHING) ? NO_ROUTE : page;
  };
}

function readManifest(file: string): z.infer<typeof manifest> {
  try {
    return manifest.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    // Next.js itself says what is wrong with a build that cannot be read.
    if (error instanceof z.ZodError || error instanceof SyntaxError) return { staticRoutes: [], dynamicRoutes: [] };
    if (error instanceof Error && "code" in error) return { staticRoutes: [], dynamicRoutes: [] };
    throw error;
  }
}
