import { d1Route } from "../../../../lib/web/d1/d1-route.ts";

/** Whatever is not there, in the words of those who call it. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = d1Route({});
