// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Rows on their way to a folder or a tag. What is dragged stays in memory: other programs get no ids. The keyboard
 * has the pickers (v, l) for the same.
 */
import { Store } from '$kit/core/store/store';

const TYPE = 'application/x-posthouse-rows';

export const dragged = new Store<readonly string[]>([]);

/** A folder on its way below another one. */
export const draggedFolder = new Store<string | undefined>(undefined);

export function startDrag(event: DragEvent, ids: readonly string[], label: string): void {
  if (take(event, label)) dragged.set(ids);
}

export function startFolderDrag(event: DragEvent, folder: string, label: string): void {
  if (take(event, label)) draggedFolder.set(folder);
}

function take({ dataTransfer }: DragEvent, label: string): boolean {
  if (!dataTransfer) return false;
  dataTransfer.setData(TYPE, '');
  dataTransfer.effectAllowed = 'copyMove';
  const ghost = document.createElement('div');
  ghost.className = 'drag-ghost';
  ghost.textContent = label;
  document.body.append(ghost);
  dataTransfer.setDragImage(ghost, -12, -8);
  setTimeout(() => ghost.remove());
  return true;
}

export function endDrag(): void {
  dragged.set([]);
  draggedFolder.set(undefined);
}

export interface FolderDrop {
  may: (folder: string) => boolean;
  drop: (folder: string) => void;
}

/** An attachment for what rows, and perhaps folders, may be dropped on. `undefined` takes nothing. */
export const dropTarget =
  (drop: ((ids: readonly string[]) => void) | undefined, folders?: FolderDrop) =>
  (element: HTMLElement): (() => void) => {
    if (!drop && !folders) return () => undefined;
    const folder = (): string | undefined => {
      const id = draggedFolder.value;
      return id !== undefined && folders?.may(id) ? id : undefined;
    };
    const over = (event: DragEvent): void => {
      if ((dragged.value.length === 0 || !drop) && folder() === undefined) return;
      event.preventDefault();
      element.classList.add('drop-over');
    };
    const leave = (event: DragEvent): void => {
      if (!element.contains(event.relatedTarget as Node | null)) element.classList.remove('drop-over');
    };
    const dropped = (event: DragEvent): void => {
      element.classList.remove('drop-over');
      const ids = dragged.value;
      const moved = folder();
      if ((ids.length === 0 || !drop) && moved === undefined) return;
      event.preventDefault();
      endDrag();
      if (moved === undefined) drop?.(ids);
      else folders?.drop(moved);
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
