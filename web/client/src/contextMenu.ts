// SPDX-License-Identifier: AGPL-3.0-or-later
/** The menu at the pointer: by right click, by a long press, by the keyboard's menu key. */
import { Store } from '$kit/core/store/store';
import type { MenuItem } from '$kit/widgets/MenuList.svelte';

export interface ContextMenu {
  label: string;
  items: readonly MenuItem[];
  x: number;
  y: number;
  /** Where the focus goes back to. */
  from: HTMLElement;
}

export const contextMenu = new Store<ContextMenu | undefined>(undefined);

const LONG_PRESS_MS = 500;
const MOVED_PX = 10;

/** An attachment: `items` is asked when the menu opens. Touch screens without a contextmenu event get a timer. */
export const withMenu =
  (menu: () => { label: string; items: readonly MenuItem[] }) =>
  (element: HTMLElement): (() => void) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let start = { x: 0, y: 0 };
    let opened = false;
    const open = (x: number, y: number): void => {
      const { label, items } = menu();
      if (items.length > 0) contextMenu.set({ label, items, x, y, from: element });
    };
    const context = (event: MouseEvent): void => {
      clearTimeout(timer);
      event.preventDefault();
      event.stopPropagation();
      if (opened) return;
      const box = element.getBoundingClientRect();
      const inside = event.clientX > 0 && event.clientY >= box.top && event.clientY <= box.bottom;
      open(inside ? event.clientX : box.left + 40, inside ? event.clientY : box.top + box.height / 2);
    };
    const down = (event: PointerEvent): void => {
      opened = false;
      if (event.pointerType !== 'touch') return;
      start = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        opened = true;
        open(start.x, start.y);
      }, LONG_PRESS_MS);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > MOVED_PX) clearTimeout(timer);
    };
    const stop = (): void => clearTimeout(timer);
    /** The finger that lifts after a long press is no tap. */
    const click = (event: MouseEvent): void => {
      if (!opened) return;
      opened = false;
      event.preventDefault();
      event.stopPropagation();
    };
    element.addEventListener('contextmenu', context);
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    for (const end of ['pointerup', 'pointercancel']) element.addEventListener(end, stop);
    element.addEventListener('click', click, { capture: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener('contextmenu', context);
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      for (const end of ['pointerup', 'pointercancel']) element.removeEventListener(end, stop);
      element.removeEventListener('click', click, { capture: true });
    };
  };
