/** Where the tiles of a waterfall go. */

export interface Sized {
  readonly width: number;
  readonly height: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Of the picture, without its caption. */
  readonly height: number;
}

export interface Waterfall {
  readonly places: readonly Place[];
  readonly height: number;
}

export const GAP = 16;
/** Below each picture: its name and what can be done with it. A touch target high. */
export const CAPTION = 48;

/** Beyond this a picture is cropped; a screenshot of a whole page must not push all others away. */
const TALLEST = 2.2;
const FLATTEST = 0.4;

/** 1 to 5 columns. */
export function columnsFor(width: number): number {
  return [340, 640, 860, 1100].filter((step) => width >= step).length + 1;
}

/**
 * Gives each tile the column that is shortest so far, the leftmost among equals. The tiles keep their
 * order in the document, which is then also how they read: row by row, left to right, as they came.
 */
export function waterfall(pictures: readonly Sized[], width: number): Waterfall {
  const columns = columnsFor(width);
  const tile = (width - GAP * (columns - 1)) / columns;
  const bottoms = Array.from({ length: columns }, () => 0);
  const places = pictures.map((picture): Place => {
    const column = bottoms.indexOf(Math.min(...bottoms));
    const y = bottoms[column] ?? 0;
    const height = Math.round(tile * shapeOf(picture));
    bottoms[column] = y + height + CAPTION + GAP;
    return { x: column * (tile + GAP), y, width: tile, height };
  });
  return { places, height: Math.max(0, ...bottoms) };
}

function shapeOf({ width, height }: Sized): number {
  return width > 0 && height > 0 ? Math.min(TALLEST, Math.max(FLATTEST, height / width)) : 1;
}
