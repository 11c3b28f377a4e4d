import { Users } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { AuthFrame } from "../../../components/auth/auth-frame.tsx";
import { SignOutButton } from "../../../components/auth/sign-out-button.tsx";
import { Note } from "../../../components/ui/note.tsx";
import { listNamespaces } from "../../../lib/services/namespaces/get-namespace.ts";
import { requireContext } from "../../../lib/web/session.ts";
import { signOut } from "../actions.ts";

export const metadata: Metadata = { title: "No namespace" };

export default async function NoNamespacePage() {
  const ctx = await requireContext();
  if ((await listNamespaces(ctx)).length > 0) redirect("/");
  return (
    <AuthFrame
      title="You belong to no namespace"
      lede={<>Signed in as {ctx.actor.kind === "user" ? ctx.actor.email : "nobody"}.</>}
    >
      <div className="grid gap-4">
        <Note icon={<Users size={16} strokeWidth={1.6} aria-hidden />} title="You were taken out, or left.">
          Ask an owner or admin for an invitation; its link brings you back in.
        </Note>
        <SignOutButton signOut={signOut} next="/sign-in" />
      </div>
    </AuthFrame>
  );
}
