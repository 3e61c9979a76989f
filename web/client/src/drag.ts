// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Rows on their way to a folder or a tag. What is dragged stays in memory: other programs get no ids. The keyboard
 * has the pickers (v, l) for the same.
 */
import { Store } from '$kit/core/store/store';

const TYPE = 'application/x-posthouse-rows';

export const dragged = new Store<readonly string[]>([]);

export function startDrag(event: DragEvent, ids: readonly string[], label: string): void {
  const { dataTransfer } = event;
  if (!dataTransfer) return;
  dataTransfer.setData(TYPE, '');
  dataTransfer.effectAllowed = 'copyMove';
  const ghost = document.createElement('div');
  ghost.className = 'drag-ghost';
  ghost.textContent = label;
  document.body.append(ghost);
  dataTransfer.setDragImage(ghost, -12, -8);
  setTimeout(() => ghost.remove());
  dragged.set(ids);
}

export const endDrag = (): void => dragged.set([]);

/** An attachment for what rows may be dropped on. `undefined` takes nothing. */
export const dropTarget =
  (drop: ((ids: readonly string[]) => void) | undefined) =>
  (element: HTMLElement): (() => void) => {
    if (!drop) return () => undefined;
    const over = (event: DragEvent): void => {
      if (dragged.value.length === 0) return;
      event.preventDefault();
      element.classList.add('drop-over');
    };
    const leave = (event: DragEvent): void => {
      if (!element.contains(event.relatedTarget as Node | null)) element.classList.remove('drop-over');
    };
    const dropped = (event: DragEvent): void => {
      element.classList.remove('drop-over');
      const ids = dragged.value;
      if (ids.length === 0) return;
      event.preventDefault();
      endDrag();
      drop(ids);
    };
    element.addEventListener('dragover', over);
    element.addEventListener('dragleave', leave);
    element.addEventListener('drop', dropped);
    return () => {
      element.removeEventListener('dragover', over);
      element.removeEventListener('dragleave', leave);
      element.removeEventListener('drop', dropped);
    };
  };
