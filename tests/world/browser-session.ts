import type { Owner } from "./start-lastgood.ts";

type Jar = Map<string, string>;

async function exchange(url: string, jar: Jar, form?: Record<string, string>): Promise<Response> {
  const answer = await fetch(url, {
    redirect: "manual",
    headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "), origin: new URL(url).origin },
    ...(form && { method: "POST", body: new URLSearchParams(form) }),
  });
  for (const cookie of answer.headers.getSetCookie()) {
    const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split(/=(.*)/s);
    jar.set(name, value);
  }
  return answer;
}

async function csrfToken(console: string, jar: Jar): Promise<string> {
  const answer = await exchange(`${console}/api/auth/csrf`, jar);
  return ((await answer.json()) as { csrfToken: string }).csrfToken;
}

/** Signs in as a browser does, without one. `cookies` is worth something at every console of the same store. */
export async function signIn(console: string, { email, password }: Owner): Promise<{ cookies: Jar; cookie: string }> {
  const cookies: Jar = new Map();
  const form = { email, password, csrfToken: await csrfToken(console, cookies) };
  await exchange(`${console}/api/auth/callback/credentials`, cookies, form);
  const session = cookies.get("lastgood.session");
  if (!session) throw new Error("signing in was refused");
  return { cookies, cookie: `lastgood.session=${session}` };
}

/** Signs out at a console: ends the session, whichever console began it. */
export async function signOut(console: string, cookies: Jar): Promise<void> {
  const csrf = await csrfToken(console, cookies);
  await exchange(`${console}/api/auth/signout`, cookies, { csrfToken: csrf });
}
