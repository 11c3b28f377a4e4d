import { nothingHere as nothing } from "../../../lib/web/open-route.ts";

/** Whatever is not there, as problem details rather than a page. */
export { nothing as GET, nothing as POST, nothing as PUT, nothing as PATCH, nothing as DELETE, nothing as OPTIONS };
