/** For what scrolls and holds nothing that takes the focus: only with it can the keyboard scroll it. */
export const SCROLLED_BY_KEYBOARD = { tabIndex: 0 } as const;
