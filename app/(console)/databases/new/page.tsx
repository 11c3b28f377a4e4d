import type { Metadata } from "next";
import { ProtectForm } from "../../../../components/databases/protect-form.tsx";
import { isProtectWay } from "../../../../components/databases/protect-ways.ts";
import { PageTop } from "../../../../components/shell/page-top.tsx";
import { listRegions } from "../../../../lib/services/agents/list-regions.ts";
import { signOut } from "../../../(auth)/actions.ts";
import { protectDatabase } from "../../actions.ts";
import { currentViewer } from "../../current-viewer.ts";

export const metadata: Metadata = { title: "Protect a database" };

export default async function NewDatabasePage({
  searchParams,
}: {
  searchParams: Promise<{ way?: string | string[] }>;
}) {
  const { way } = await searchParams;
  const { ctx, viewer } = await currentViewer();
  const regions = await listRegions(ctx, { namespace: viewer.namespace.slug });
  const wanted = typeof way === "string" ? way : undefined;
  return (
    <>
      <PageTop crumbs={[{ text: "Databases", href: "/databases" }, { text: "Protect a database" }]} signOut={signOut} />
      <main id="main" className="px-8 py-6 max-wide:p-4">
        <h1 className="text-20 font-semibold tracking-[-0.02em]">Protect a database</h1>
        <p className="mt-0.5 mb-5 max-w-[64ch] text-14 text-ink-2">
          From its first copy on, every commit can be gone back to. No schedule to set, nothing to install in your
          program.
        </p>
        <ProtectForm
          initialWay={isProtectWay(wanted) ? wanted : "attach"}
          regions={regions.filter(({ hasStarted }) => hasStarted)}
          protect={protectDatabase}
        />
      </main>
    </>
  );
}
