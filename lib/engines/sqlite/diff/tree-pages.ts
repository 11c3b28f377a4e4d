import { PageSet } from "../history/page-set.ts";
import { damagedPage } from "./damaged-page.ts";
import type { DatabaseState } from "./database-state.ts";
import { depthOf } from "./row-cells.ts";

/** Every page of a tree. Reads its interior pages alone, and names them to `interior`. */
export function treePages(
  state: DatabaseState,
  root: number,
  interior: (page: number) => void = () => undefined,
): PageSet {
  const pages = new PageSet();
  const add = (page: number) => {
    if (page > state.pageCount) throw damagedPage(page, "a tree refers to it, and it does not exist");
    if (!pages.add(page)) throw damagedPage(page, "it stands twice in one tree");
  };
  const enter = (number: number, levelsBelow: number) => {
    add(number);
    if (levelsBelow === 0) return;
    interior(number);
    const page = state.treePage(number);
    if (page.isLeaf) throw damagedPage(number, "its tree is deeper on one side");
    const { childCount } = page;
    // Nearly all of a tree are leaves.
    if (levelsBelow === 1) for (let i = 0; i < childCount; i++) add(page.child(i));
    else for (let i = 0; i < childCount; i++) enter(page.child(i), levelsBelow - 1);
  };
  enter(root, depthOf(state, root));
  return pages;
}
