/** The vertical measures of the drawing, in px. */
export type TimelineMetrics = {
  windowTop: number;
  windowBase: number;
  viewTop: number;
  laneTops: readonly [number, number];
  viewBase: number;
  barHeight: number;
  commitTop: number;
  commitBase: number;
  height: number;
};

const WINDOW_TOP = 16;
const WINDOW_HEIGHT = 30;
const VIEW_TOP = 78;

/** @param narrow a phone's width: the same three scales, a little lower */
export function timelineMetrics(narrow: boolean): TimelineMetrics {
  const barRoom = narrow ? 84 : 100;
  const viewBase = VIEW_TOP + 70 + barRoom;
  const commitTop = viewBase + 62;
  const commitBase = commitTop + 62;
  return {
    windowTop: WINDOW_TOP,
    windowBase: WINDOW_TOP + WINDOW_HEIGHT,
    viewTop: VIEW_TOP,
    laneTops: [VIEW_TOP + 23, VIEW_TOP + 47],
    viewBase,
    barHeight: barRoom - 8,
    commitTop,
    commitBase,
    height: commitBase + 26,
  };
}
