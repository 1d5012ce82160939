import { describe, expect, test } from 'vitest';
import { CAPTION, columnsFor, GAP, waterfall } from '../src/files/columns';

const square = { width: 100, height: 100 };

describe('the waterfall', () => {
  test('has one to five columns by width', () => {
    expect([300, 358, 700, 900, 1152].map(columnsFor)).toEqual([1, 2, 3, 4, 5]);
  });

  test('fills rows from left to right while the tiles are alike', () => {
    const { places } = waterfall(
      Array.from({ length: 6 }, () => square),
      700,
    );
    expect(places.map(({ x }) => Math.round(x))).toEqual([0, 239, 477, 0, 239, 477]);
  });

  test('puts each tile below the shortest column, without overlap', () => {
    const tall = { width: 100, height: 200 };
    const { places, height } = waterfall([tall, square, square, square, tall], 700);
    for (const [i, a] of places.entries())
      for (const b of places.slice(i + 1)) {
        const apart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height + CAPTION + GAP <= b.y;
        expect(apart).toBe(true);
      }
    expect(height).toBeGreaterThan(Math.max(...places.map(({ y }) => y)));
    expect(places[3]?.x).toBeGreaterThan(0);
  });

  test('keeps room for pictures whose size is not known, and crops extreme ones', () => {
    const { places } = waterfall(
      [
        { width: 0, height: 0 },
        { width: 10, height: 10_000 },
      ],
      340,
    );
    expect(places[0]?.height).toBe(Math.round(places[0]?.width ?? 0));
    expect(places[1]?.height).toBe(Math.round((places[1]?.width ?? 0) * 2.2));
  });
});
