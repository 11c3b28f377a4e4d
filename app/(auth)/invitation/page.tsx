import { MailX } from "lucide-react";
import type { Metadata } from "next";
import { AcceptForm } from "../../../components/auth/accept-form.tsx";
import { AuthFrame } from "../../../components/auth/auth-frame.tsx";
import { JoinForm } from "../../../components/auth/join-form.tsx";
import { OfferFacts } from "../../../components/auth/offer-facts.tsx";
import { SignInForm } from "../../../components/auth/sign-in-form.tsx";
import { SignOutButton } from "../../../components/auth/sign-out-button.tsx";
import { Note } from "../../../components/ui/note.tsx";
import { TextLink } from "../../../components/ui/text-link.tsx";
import type { OfferView } from "../../../lib/client/member-types.ts";
import { readOffer } from "../../../lib/services/members/accept-invitation.ts";
import { currentContext } from "../../../lib/web/session.ts";
import { acceptInvitation, joinWithPassword, signIn, signInWithCode, signOut } from "../actions.ts";

export const metadata: Metadata = { title: "Invitation", referrer: "no-referrer" };

type Props = { searchParams: Promise<{ token?: string | string[] }> };

export default async function InvitationPage({ searchParams }: Props) {
  const { token } = await searchParams;
  const offer = typeof token === "string" ? await readOffer(token) : null;
  if (!offer || typeof token !== "string") return <NoOffer />;
  const ctx = await currentContext();
  const email = ctx?.actor.kind === "user" ? ctx.actor.email : null;
  return (
    <AuthFrame title={`Join ${offer.namespace.name}`} lede={<OfferFacts offer={offer} />}>
      <Answer offer={offer} token={token} email={email} />
    </AuthFrame>
  );
}

function Answer({ offer, token, email }: { offer: OfferView; token: string; email: string | null }) {
  const here = `/invitation?token=${encodeURIComponent(token)}`;
  if (email === offer.email) {
    return <AcceptForm token={token} namespace={offer.namespace.name} accept={acceptInvitation} />;
  }
  if (email !== null) {
    return (
      <div className="grid gap-4">
        <Note tone="warn" title={`You are signed in as ${email}.`}>
          Only {offer.email} can accept this invitation.
        </Note>
        <SignOutButton signOut={signOut} next={here} />
      </div>
    );
  }
  if (offer.hasAccount) {
    return (
      <div className="grid gap-4">
        <Note title="You have an account already.">Sign in with its password to accept.</Note>
        <SignInForm signIn={signIn} signInWithCode={signInWithCode} email={offer.email} next={here} />
      </div>
    );
  }
  return <JoinForm token={token} email={offer.email} namespace={offer.namespace.name} join={joinWithPassword} />;
}

function NoOffer() {
  return (
    <AuthFrame title="This invitation does not count" lede="A link works once, and only for a while.">
      <div className="grid gap-4">
        <Note icon={<MailX size={16} strokeWidth={1.6} aria-hidden />} title="It was used, revoked, or has expired.">
          Ask whoever sent it for a new one.
        </Note>
        <p>
          Have you accepted it already? <TextLink href="/sign-in">Sign in</TextLink>
        </p>
      </div>
    </AuthFrame>
  );
}
