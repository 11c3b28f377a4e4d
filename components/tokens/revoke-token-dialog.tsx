"use client";

import { Ban } from "lucide-react";
import type { TokenView } from "../../lib/client/api-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import type { TokenActions } from "./token-actions.ts";

/** The end of a token, for good. */
export function RevokeTokenDialog({
  token,
  endToken,
  onClose,
}: {
  token: TokenView;
  endToken: TokenActions["endToken"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const revocation = useServerAction(namespace.slug, endToken);
  const revoke = () => revocation.mutate({ namespace: namespace.slug, tokenId: token.id }, { onSuccess: onClose });
  return (
    <ConfirmDialog
      title={`Revoke ${token.name}?`}
      description="Its next call is refused, and that of every token it made. It cannot be taken back: whoever needs one gets a new token."
      icon={Ban}
      words="Revoke the token"
      busyWords="Revoking…"
      action={revocation}
      onConfirm={revoke}
      onClose={onClose}
    >
      <p>
        {token.lastUsedMs === null ? (
          "It was never used."
        ) : (
          <>
            It was last used <AgoText ms={token.lastUsedMs} />
            {token.lastAddress !== null && ` from ${token.lastAddress}`}. The program that uses it stops working.
          </>
        )}
      </p>
    </ConfirmDialog>
  );
}
