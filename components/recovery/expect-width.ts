/** From this width on the chosen moment stands beside the timeline: the breakpoint `roomy` of app/globals.css. */
const ROOMY_PX = 1100;
/** Up to this width the page has the narrower edges of a phone: below the breakpoint `wide`. */
const PHONE_PX = 760;
const BESIDE_PX = 344;
const EDGE_PX = 24;
const PHONE_EDGE_PX = 16;

/**
 * How wide the timeline of the pane will be, in px, before it is there to be measured: what the page around it has, less what
 * `RecoveryPane` puts beside it. Null where no page is there yet.
 */
export function expectTimelineWidth(): number | null {
  if (typeof document === "undefined") return null;
  const pageWidth = document.getElementById("main")?.clientWidth ?? 0;
  if (pageWidth === 0) return null;
  const beside = innerWidth >= ROOMY_PX ? BESIDE_PX : 0;
  return pageWidth - beside - 2 * (innerWidth > PHONE_PX ? EDGE_PX : PHONE_EDGE_PX);
}
