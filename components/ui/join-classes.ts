import { type ClassValue, clsx } from "clsx";
import { extendTailwindMerge } from "tailwind-merge";

const sizes = ["11", "12", "13", "14", "16", "20", "24", "28"];
const merge = extendTailwindMerge({ extend: { classGroups: { "font-size": [{ text: sizes }] } } });

/** Joins class names; of two that set the same property the later one wins. */
export function joinClasses(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
