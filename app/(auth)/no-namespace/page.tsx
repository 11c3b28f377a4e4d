import { Users } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { AuthFrame } from "../../../components/auth/auth-frame.tsx";
import { SignOutButton } from "../../../components/auth/sign-out-button.tsx";
import { DeletedNamespaces } from "../../../components/deleted/deleted-namespaces.tsx";
import { Note } from "../../../components/ui/note.tsx";
import { listNamespaces } from "../../../lib/services/namespaces/get-namespace.ts";
import { listDeletedNamespaces } from "../../../lib/services/namespaces/list-deleted-namespaces.ts";
import { requireContext } from "../../../lib/web/session.ts";
import { bringNamespaceBack } from "../../(console)/deletion-actions.ts";
import { signOut } from "../actions.ts";

export const metadata: Metadata = { title: "No namespace" };

export default async function NoNamespacePage() {
  const ctx = await requireContext();
  if ((await listNamespaces(ctx)).length > 0) redirect("/");
  const deleted = await listDeletedNamespaces(ctx);
  return (
    <AuthFrame
      title="You belong to no namespace"
      lede={<>Signed in as {ctx.actor.kind === "user" ? ctx.actor.email : "nobody"}.</>}
    >
      <div className="grid gap-4">
        {deleted.length > 0 && (
          <section aria-labelledby="deleted-title">
            <h2 id="deleted-title" className="text-14 font-semibold">
              Deleted, and still to be brought back
            </h2>
            <DeletedNamespaces namespaces={deleted} bringBack={bringNamespaceBack} />
          </section>
        )}
        {deleted.length === 0 && (
          <Note
            icon={<Users size={16} strokeWidth={1.6} aria-hidden />}
            title="You were taken out, or left, or it was deleted."
          >
            Ask an owner or admin for an invitation; its link brings you back in.
          </Note>
        )}
        <SignOutButton signOut={signOut} next="/sign-in" />
      </div>
    </AuthFrame>
  );
}
