import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { AuthFrame } from "../../../components/auth/auth-frame.tsx";
import { SignInForm } from "../../../components/auth/sign-in-form.tsx";
import { isSetupOpen } from "../../../lib/services/auth/setup-token.ts";
import { pageAfterSignIn } from "../../../lib/web/page-after-sign-in.ts";
import { currentContext } from "../../../lib/web/session.ts";
import { signIn, signInWithCode } from "../actions.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const next = pageAfterSignIn((await searchParams).next);
  if (await currentContext()) redirect(next);
  if (await isSetupOpen()) redirect("/set-up");
  return (
    <AuthFrame title="Sign in" lede="To see what is protected, and to go back.">
      <SignInForm signIn={signIn} signInWithCode={signInWithCode} next={next} />
      <p className="mt-4 text-12 text-ink-3">
        Lost your password or your phone? Whoever runs this machine lets you in again with{" "}
        <code>lastgood account reset</code>.
      </p>
    </AuthFrame>
  );
}
