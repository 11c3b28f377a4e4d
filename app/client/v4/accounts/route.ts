import { listNamespaces } from "../../../../lib/services/namespaces/get-namespace.ts";
import { d1Page } from "../../../../lib/web/d1/d1-page.ts";
import { d1Endpoint, d1Route } from "../../../../lib/web/d1/d1-route.ts";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({
  GET: d1Endpoint({
    handle: async ({ ctx, query }) =>
      d1Page(
        (await listNamespaces(ctx)).map(({ slug, name }) => ({ id: slug, name })),
        query,
      ),
  }),
});
