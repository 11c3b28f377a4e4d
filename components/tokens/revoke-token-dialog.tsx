"use client";

import { Ban } from "lucide-react";
import type { TokenView } from "../../lib/client/api-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
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
    <Dialog
      open
      onOpenChange={(open) => !open && !revocation.isPending && onClose()}
      title={`Revoke ${token.name}?`}
      description="Its next call is refused, and that of every token it made. It cannot be taken back: whoever needs one gets a new token."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={revocation.isPending} className="max-wide:flex-1">
            Keep it
          </Button>
          <Button tone="danger" onClick={revoke} disabled={revocation.isPending} className="max-wide:flex-1">
            <Ban size={16} strokeWidth={1.6} aria-hidden />
            {revocation.isPending ? "Revoking…" : "Revoke the token"}
          </Button>
        </>
      }
    >
      <div className="grid gap-4 px-6 py-5 text-14 max-wide:px-4">
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
        {revocation.error && <ErrorNote error={revocation.error} />}
      </div>
    </Dialog>
  );
}
