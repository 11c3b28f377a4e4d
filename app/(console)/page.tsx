import type { Metadata } from "next";
import { Home } from "../../components/databases/home.tsx";
import { PageTop } from "../../components/shell/page-top.tsx";
import { listDatabases } from "../../lib/services/databases/list-databases.ts";
import { readWholeExposure } from "../../lib/services/exposure/read-exposure.ts";
import { signOut } from "../(auth)/actions.ts";
import { currentViewer } from "./current-viewer.ts";

export const metadata: Metadata = { title: "Home" };

export default async function HomePage() {
  const { ctx, viewer } = await currentViewer();
  const of = { namespace: viewer.namespace.slug };
  const [databases, exposure] = await Promise.all([listDatabases(ctx, of), readWholeExposure(ctx, of)]);
  return (
    <>
      <PageTop crumbs={[{ text: "Home" }]} signOut={signOut} />
      <Home initial={databases} exposure={exposure} renderedAtMs={Date.now()} />
    </>
  );
}
