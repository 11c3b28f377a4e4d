import "server-only";
import { randomUUID } from "node:crypto";
import { cookies } from "next/headers";
import { z } from "zod";
import { readEnv } from "../env.ts";
import type { CodeChallenge, KnownDevice } from "../services/auth/verify-credentials.ts";
import { seal, unseal } from "./sealed-cookie.ts";

const DEVICE_SECONDS = 365 * 86_400;
const CHALLENGE_SECONDS = 5 * 60;

const deviceSchema = z.object({ account: z.string(), id: z.uuid() });
const challengeSchema = z.object({ userId: z.string(), sessionVersion: z.number(), expiresAtMs: z.number() });

function cookieOf(name: "device" | "challenge") {
  const secure = readEnv().publicUrl.startsWith("https:");
  return {
    name: secure ? `__Host-lastgood.${name}` : `lastgood.${name}`,
    options: { httpOnly: true, sameSite: "lax", path: "/", secure } as const,
  };
}

/** The browser's proof that an account signed in with it before, if it has one. */
export async function readDevice(): Promise<KnownDevice | null> {
  return unseal("device", deviceSchema, (await cookies()).get(cookieOf("device").name)?.value);
}

/** Lets the browser prove from now on that this account signed in with it. It gives a budget for attempts, no right. */
export async function rememberDevice(account: string): Promise<void> {
  const known = await readDevice();
  const device = { account, id: known?.account === account ? known.id : randomUUID() };
  const { name, options } = cookieOf("device");
  (await cookies()).set(name, await seal("device", device, DEVICE_SECONDS), { ...options, maxAge: DEVICE_SECONDS });
}

/** Keeps between the two steps of signing in that the password was right. */
export async function setChallenge(challenge: CodeChallenge): Promise<void> {
  const { name, options } = cookieOf("challenge");
  const sealed = await seal("second factor", challenge, CHALLENGE_SECONDS);
  (await cookies()).set(name, sealed, { ...options, sameSite: "strict", maxAge: CHALLENGE_SECONDS });
}

export async function readChallenge(): Promise<CodeChallenge | null> {
  return unseal("second factor", challengeSchema, (await cookies()).get(cookieOf("challenge").name)?.value);
}

export async function clearChallenge(): Promise<void> {
  (await cookies()).delete(cookieOf("challenge").name);
}
