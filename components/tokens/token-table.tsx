"use client";

import { Ban } from "lucide-react";
import { useState } from "react";
import type { TokenView } from "../../lib/client/api-types.ts";
import { formatCount, formatNumber } from "../../lib/client/format-count.ts";
import { sizeOfGrant } from "../../lib/domain/token-grants.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { AgoText, MomentText } from "../ui/moment-text.tsx";
import { RevokeTokenDialog } from "./revoke-token-dialog.tsx";
import type { TokenActions } from "./token-actions.ts";
import { describeActions, SIZE_WORDS } from "./token-words.ts";

/** Tokens in rows: whose, what they can do and where, until when, and when they were used last. */
export function TokenTable({ tokens, endToken }: { tokens: readonly TokenView[]; endToken: TokenActions["endToken"] }) {
  const [revoking, setRevoking] = useState<TokenView | null>(null);
  return (
    <>
      <table className="w-full border-collapse max-wide:block">
        <caption className="sr-only">API tokens of this namespace</caption>
        <thead className="max-wide:sr-only">
          <tr className="h-7 border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pr-4 [&>th]:font-medium">
            <th scope="col">Token</th>
            <th scope="col">What it can do</th>
            <th scope="col">Databases</th>
            <th scope="col">Ends</th>
            <th scope="col">Last used</th>
            <th scope="col" className="w-20">
              <span className="sr-only">Revoke</span>
            </th>
          </tr>
        </thead>
        <tbody className="max-wide:block">
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
          ))}
        </tbody>
      </table>
      {revoking && <RevokeTokenDialog token={revoking} endToken={endToken} onClose={() => setRevoking(null)} />}
    </>
  );
}

function TokenRow({ token, onRevoke }: { token: TokenView; onRevoke: () => void }) {
  const { email } = useViewer();
  const isOver = token.state !== "active";
  return (
    <tr
      className={joinClasses(
        "border-b border-line align-top max-wide:grid max-wide:gap-1 max-wide:py-3 [&>td]:py-2.5 [&>td]:pr-4 max-wide:[&>td]:p-0 max-wide:[&>th]:p-0",
        isOver && "text-ink-3",
      )}
    >
      <th scope="row" className="w-[24%] py-2.5 pr-4 text-left font-normal max-wide:w-auto">
        <span className="block font-[550] wrap-anywhere">{token.name}</span>
        <span className="block text-12 text-ink-3">
          <code>{token.prefix}…</code>
          {token.owner.email !== email && ` of ${token.owner.email}`}
        </span>
      </th>
      <td className="w-[30%] max-wide:w-auto">
        <Grant token={token} />
      </td>
      <td className={isOver ? "" : "text-ink-2"}>
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Databases:</span>
        <Databases token={token} />
      </td>
      <td className={isOver ? "" : "text-ink-2"}>
        <End token={token} />
      </td>
      <td className={isOver ? "" : "text-ink-2"}>
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Last used:</span>
        {token.lastUsedMs === null ? (
          <span className="text-ink-3">never</span>
        ) : (
          <>
            <AgoText ms={token.lastUsedMs} />
            {token.lastAddress !== null && (
              <span className="block text-12 text-ink-3 max-wide:ml-1 max-wide:inline">from {token.lastAddress}</span>
            )}
          </>
        )}
      </td>
      <td className="text-right max-wide:text-left">
        {token.mayRevoke && (
          <Button tone="quiet" size="small" onClick={onRevoke} aria-label={`Revoke ${token.name}…`}>
            <Ban size={14} strokeWidth={1.6} aria-hidden />
            Revoke…
          </Button>
        )}
      </td>
    </tr>
  );
}

/** In a word, then in sentences: what counts now, not what was given once. */
function Grant({ token }: { token: TokenView }) {
  const { actions, actionsNow, owner, state } = token;
  if (state === "ownerless") {
    return <span>Nothing: {owner.email} is no member any more.</span>;
  }
  const size = SIZE_WORDS[actions === "all" ? "everything" : sizeOfGrant(actionsNow)];
  const { can, cannot } = describeActions(actionsNow);
  const given = actions === "all" ? null : actions.length;
  return (
    <>
      <Chip tone={state === "active" ? size.tone : "plain"}>{size.text}</Chip>
      {given !== null && actionsNow.length < given && (
        <span className="ml-1.5 text-12">
          {actionsNow.length} of {formatCount(given, "action")} count: {owner.email} is {owner.role} now
        </span>
      )}
      <details className="mt-1 text-12">
        <summary className="w-fit rounded-1 text-ink-3 hover:text-ink">
          {formatCount(actionsNow.length, "action")}
          {token.ratePerMinute !== null && `, ${formatNumber(token.ratePerMinute)} calls a minute`}
        </summary>
        <p className="mt-1 max-w-[48ch] text-ink-2">
          {can} {cannot}
        </p>
        <p className="mt-1 max-w-[48ch] text-ink-3">
          <code className="wrap-anywhere">{actionsNow.join(", ")}</code>
        </p>
      </details>
    </>
  );
}

const NAMED = 2;

function Databases({ token: { databases } }: { token: TokenView }) {
  if (databases === "all") return <>all</>;
  const names = databases.map(({ name }) => name ?? "one that is gone");
  const rest = names.length - NAMED;
  return (
    <span title={names.join(", ")} className="wrap-anywhere">
      {names.slice(0, NAMED).join(", ")}
      {rest > 0 && ` and ${rest} more`}
    </span>
  );
}

function End({ token: { state, expiresAtMs, revokedAtMs, revokedBy } }: { token: TokenView }) {
  if (state === "revoked" && revokedAtMs !== null) {
    return (
      <>
        <Chip tone="gap">revoked</Chip>
        <span className="block text-12 max-wide:ml-1.5 max-wide:inline">
          <MomentText ms={revokedAtMs} precision="minute" /> by {revokedBy}
        </span>
      </>
    );
  }
  if (expiresAtMs === null) return <Chip tone="line">no end</Chip>;
  return (
    <>
      {state === "expired" ? (
        <Chip tone="gap">expired</Chip>
      ) : (
        <span className="mr-1 text-12 text-ink-3 wide:hidden">Ends:</span>
      )}
      <MomentText
        ms={expiresAtMs}
        precision="minute"
        withZone
        className={state === "expired" ? "block text-12 max-wide:ml-1.5 max-wide:inline" : ""}
      />
    </>
  );
}
