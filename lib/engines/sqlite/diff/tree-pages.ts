import { PageSet } from "../history/page-set.ts";
import { damagedPage } from "./damaged-page.ts";
import type { DatabaseState } from "./database-state.ts";
import { depthOf } from "./row-cells.ts";

/** Every page of a tree. Reads its interior pages alone. */
export function treePages(state: DatabaseState, root: number): PageSet {
  const pages = new PageSet();
  const add = (page: number) => {
    if (page > state.pageCount) throw damagedPage(page, "a tree refers to it, and it does not exist");
    if (pages.has(page)) throw damagedPage(page, "it stands twice in one tree");
    pages.add(page);
  };
  const enter = (number: number, levelsBelow: number) => {
    add(number);
    if (levelsBelow === 0) return;
    const page = state.treePage(number);
    if (page.isLeaf) throw damagedPage(number, "its tree is deeper on one side");
    for (let i = 0; i < page.childCount; i++) enter(page.child(i), levelsBelow - 1);
  };
  enter(root, depthOf(state, root));
  return pages;
}
