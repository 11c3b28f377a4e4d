"use client";

import { useEffect } from "react";

/**
 * The code of a page that was fetched ahead is loaded by a script without the attribute `async`; when the page is opened, React
 * looks for its scripts by that attribute, does not find them, and has each loaded, compiled and run once more, in the
 * midst of drawing the page. A script that a script has put into the page is asynchronous with or without the attribute.
 */
export function LoadedScripts() {
  useEffect(() => {
    const mark = () => {
      for (const script of document.head.querySelectorAll('script[src*="/_next/"]:not([async])')) {
        script.setAttribute("async", "");
      }
    };
    mark();
    const observer = new MutationObserver(mark);
    observer.observe(document.head, { childList: true });
    return () => observer.disconnect();
  }, []);
  return null;
}
