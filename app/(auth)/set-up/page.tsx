import { KeyRound } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { AuthFrame } from "../../../components/auth/auth-frame.tsx";
import { SetUpForm } from "../../../components/auth/set-up-form.tsx";
import { Note } from "../../../components/ui/note.tsx";
import { isSetupOpen, isSetupTokenValid } from "../../../lib/services/auth/setup-token.ts";
import { completeSetUp } from "../actions.ts";

export const metadata: Metadata = { title: "Set up" };

export default async function SetUpPage({ searchParams }: { searchParams: Promise<{ token?: string | string[] }> }) {
  if (!(await isSetupOpen())) redirect("/sign-in");
  const { token } = await searchParams;
  const isValid = typeof token === "string" && (await isSetupTokenValid(token));
  if (!isValid) {
    return (
      <AuthFrame title="Set up Lastgood" lede="Nobody has set this installation up yet.">
        <Note
          tone={token === undefined ? "plain" : "danger"}
          icon={<KeyRound size={16} strokeWidth={1.6} aria-hidden />}
          title={token === undefined ? "The set-up link is needed." : "This set-up link is not valid, or no longer."}
        >
          Open the one that the latest start printed in the terminal. It works once.
        </Note>
      </AuthFrame>
    );
  }
  return (
    <AuthFrame title="Set up Lastgood" lede="You become the first owner. This link works once.">
      <SetUpForm token={token} setUp={completeSetUp} />
    </AuthFrame>
  );
}
