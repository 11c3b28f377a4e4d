import type { NextAuthOptions } from "next-auth";
import CredentialsProvider from "next-auth/providers/credentials";
import { LastgoodError } from "../domain/errors.ts";
import { readEnv } from "../env.ts";
import { endSession, isSessionValid } from "../services/auth/create-session.ts";
import { verifyCredentials } from "../services/auth/verify-credentials.ts";
import { loadSecret } from "../services/load-secret.ts";
import { callOrigin } from "./authenticate.ts";
import { SESSION_SECONDS, sessionCookie, toClaims } from "./session-cookie.ts";

/** next-auth's view of our sessions: the same cookie, the same rows, the same checks as everywhere else. */
export function authOptions(headers: Headers): NextAuthOptions {
  process.env.NEXTAUTH_URL ??= readEnv().publicUrl;
  return {
    secret: loadSecret(readEnv()),
    session: { strategy: "jwt", maxAge: SESSION_SECONDS },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    cookies: { sessionToken: sessionCookie() },
    providers: [
      CredentialsProvider({
        name: "E-mail and password",
        credentials: { email: { type: "email" }, password: { type: "password" } },
        async authorize(given) {
          if (typeof given?.email !== "string" || typeof given.password !== "string") return null;
          try {
            const step = await verifyCredentials(callOrigin(headers), given);
            // There is no second step here: an account with a second factor signs in on our own page alone.
            return step.signedIn ? { id: step.claims.userId, ...step.claims } : null;
          } catch (error) {
            if (error instanceof LastgoodError && error.code === "unauthenticated") return null;
            throw new Error(error instanceof LastgoodError ? error.code : "internal", { cause: error });
          }
        },
      }),
    ],
    callbacks: {
      /** Nobody is sent anywhere but home: what a link asks for could lead to another site. */
      redirect: ({ baseUrl }) => baseUrl,
      jwt({ token, user }) {
        const claims = user ? toClaims({ ...user, sub: user.id }) : null;
        return claims ? { ...token, ...claims, sub: claims.userId } : token;
      },
      async session({ session, token }) {
        const claims = toClaims(token);
        if (claims && (await isSessionValid(claims))) return { ...session, user: { email: claims.email } };
        const { user: _nobody, ...empty } = session;
        return empty;
      },
    },
    events: {
      async signOut({ token }) {
        const claims = toClaims(token);
        if (claims) await endSession(claims.sessionId);
      },
    },
  };
}
