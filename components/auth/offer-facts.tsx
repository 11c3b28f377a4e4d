import type { OfferView } from "../../lib/client/member-types.ts";
import { ROLE_WORDS } from "../members/role-words.ts";
import { MomentText } from "../ui/moment-text.tsx";

/** Who invites whom to what, and until when. */
export function OfferFacts({ offer }: { offer: OfferView }) {
  return (
    <>
      {offer.invitedBy} invites {offer.email} as <strong className="font-[550] text-ink">{offer.role}</strong>:{" "}
      {ROLE_WORDS[offer.role]} The link works until <MomentText ms={offer.expiresAtMs} precision="minute" withZone />.
    </>
  );
}
