import type { Metadata } from "next";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { TokensPage as Tokens } from "../../../components/tokens/tokens-page.tsx";
import { Note } from "../../../components/ui/note.tsx";
import { roleMay } from "../../../lib/domain/actions.ts";
import { listTokens } from "../../../lib/services/tokens/list-tokens.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";
import { endToken, makeToken } from "../token-actions.ts";

export const metadata: Metadata = { title: "API tokens" };

export default async function TokensPage() {
  const { ctx, viewer } = await currentViewer();
  const maySee = roleMay(viewer.role, "token.list");
  return (
    <>
      <PageTop crumbs={[{ text: "API tokens" }]} signOut={signOut} />
      {maySee ? (
        <Tokens
          initial={await listTokens(ctx, { namespace: viewer.namespace.slug })}
          actions={{ makeToken, endToken }}
        />
      ) : (
        <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
          <h1 className="mb-4 text-20 font-semibold tracking-[-0.02em]">API tokens</h1>
          <Note className="max-w-[76ch]" title={`You are a ${viewer.role} here.`}>
            Tokens are for members, admins and owners. Ask an owner or admin for another role.
          </Note>
        </main>
      )}
    </>
  );
}
