import { createRequire, registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { NextApiRequest, NextApiResponse } from "next";
import type { NextAuthOptions } from "next-auth";

const HOME = "https://lastgood.example";
/** What next-auth takes for an address; what it does not is tried on a whole console. */
const ELSEWHERE = [
  "//evil.example",
  "https://evil.example/",
  "https://lastgood.example.evil/",
  "https://lastgood.example@evil.example/",
  "/\\evil.example",
];

type NextAuth = (request: NextApiRequest, response: NextApiResponse, options: NextAuthOptions) => Promise<unknown>;

/** next-auth's modules are CommonJS with a default of their own, which bundlers see through and Node does not. */
function loadNextAuth(): NextAuth {
  const require = createRequire(import.meta.url);
  const provider = "next-auth/providers/credentials";
  const real = pathToFileURL(require.resolve(provider)).href;
  const source = `import loaded from ${JSON.stringify(real)}; export default loaded.default;`;
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === provider
        ? { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true }
        : next(specifier, context),
  });
  return (require("next-auth") as { default: NextAuth }).default;
}

/** Case 40: wherever a link wants to lead after signing in, next-auth with our options remembers no other place than home. */
export async function attack(folder: string): Promise<string | null> {
  Object.assign(process.env, { LASTGOOD_DATA: folder, LASTGOOD_URL: HOME, LASTGOOD_LOG_LEVEL: "silent" });
  const nextAuth = loadNextAuth();
  const { authOptions } = await import("../../../../lib/web/auth-options.ts");
  /** Where an answer sends people, now or by what it has their browser remember. */
  const places = async (callbackUrl: string): Promise<string[]> => {
    const headers = new Map<string, string | string[]>();
    const response = {
      status: () => response,
      setHeader: (name: string, value: string | string[]) => headers.set(name.toLowerCase(), value),
      getHeader: (name: string) => headers.get(name.toLowerCase()),
      end: () => undefined,
      send: () => undefined,
      json: () => undefined,
    };
    const query = { nextauth: ["signin"], callbackUrl };
    const request = { method: "GET", query, cookies: {}, headers: {}, body: {} };
    await nextAuth(
      request as unknown as NextApiRequest,
      response as unknown as NextApiResponse,
      authOptions(new Headers()),
    );
    const remembered = [headers.get("set-cookie") ?? []].flat();
    const cookie = remembered.find((one) => /callback-url=/.test(one)) ?? "";
    return [String(headers.get("location") ?? ""), decodeURIComponent(/callback-url=([^;]*)/.exec(cookie)?.[1] ?? "")];
  };
  if (!(await places("/databases")).includes(HOME)) return "home is not remembered";
  for (const to of ELSEWHERE) {
    for (const place of await places(to)) {
      const led = new URL(place, HOME);
      const next = new URL(led.searchParams.get("callbackUrl") ?? "", HOME);
      if (led.origin !== HOME || next.origin !== HOME) return `${to} leads to ${place}`;
    }
  }
  return null;
}
