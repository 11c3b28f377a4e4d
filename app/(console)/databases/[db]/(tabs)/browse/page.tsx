import type { Metadata } from "next";
import { BrowsePage as Browse } from "../../../../../../components/past/browse-page.tsx";
import { getDatabase } from "../../../../../../lib/services/databases/get-database.ts";
import { currentViewer } from "../../../../current-viewer.ts";
import { findOr404 } from "../../../../find-or-404.ts";

type Props = { params: Promise<{ db: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${decodeURIComponent((await params).db)}, browse` };
}

export default async function BrowsePage({ params }: Props) {
  const { ctx, viewer } = await currentViewer();
  const reference = decodeURIComponent((await params).db);
  const database = await findOr404(getDatabase(ctx, { namespace: viewer.namespace.slug, database: reference }));
  return <Browse initial={database} />;
}
