import type { Page, Route } from '@playwright/test';

/** A stand-in for `/api/files` while a test is about the page and not about the service. */
export interface FakeFiles {
  readonly names: () => string[];
}

const SHAPES = [
  [1600, 1067],
  [900, 1350],
  [1200, 1200],
  [1600, 900],
  [800, 1200],
  [1400, 1000],
  [1000, 1500],
  [1920, 1080],
  [1200, 1600],
  [1500, 1000],
  [1080, 1080],
  [700, 1100],
] as const;
const HUES = [160, 40, 175, 30, 150, 45, 190, 20, 140, 55, 168, 35];

function drawing(width: number, height: number, hue: number): string {
  const [x, y] = [width / 2, height / 2];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" fill="hsl(${hue} 28% 62%)"/><circle cx="${x * 1.3}" cy="${y * 0.6}" r="${Math.min(x, y) * 0.35}" fill="hsl(${hue} 50% 82%)"/>
<path d="M0 ${height}V${y * 1.3}L${x * 0.7} ${y * 0.7} ${x * 1.2} ${y * 1.4} ${x * 1.6} ${y}L${width} ${y * 1.5}V${height}Z" fill="hsl(${hue} 35% 32%)"/></svg>`;
}

const picture = (index: number, name: string) => {
  const [width, height] = SHAPES[index % SHAPES.length] ?? [1, 1];
  return {
    id: `file-${index}`,
    name,
    content_type: 'image/png',
    size: 1_234_567 + index * 54_321,
    width,
    height,
    created_at: new Date(Date.now() - index * 86_400_000).toISOString(),
    content_url: `/api/files/file-${index}/content`,
    thumbnail_url: `/api/files/file-${index}/content?size=thumb`,
  };
};

/** Answers with `count` drawings; uploads are taken, deletions remembered. */
export async function fakeFiles(page: Page, count = 12): Promise<FakeFiles> {
  let files = Array.from({ length: count }, (_, index) =>
    picture(
      index,
      index === 3 ? `${'a long name of a holiday picture '.repeat(2)}.png` : `IMG_20${index}.jpg`,
    ),
  );
  let made = count;
  const usage = () => ({
    used: files.reduce((sum, { size }) => sum + size, 0),
    quota: 200_000_000,
  });

  await page.route('**/api/files*', async (route: Route) => {
    if (route.request().method() === 'POST') {
      const file = picture(made++, 'uploaded.png');
      files = [file, ...files];
      await route.fulfill({ status: 201, json: { message: 'ok', status: 201, file } });
      return;
    }
    const query = new URL(route.request().url()).searchParams;
    const from = Number(query.get('cursor') ?? 0);
    const to = from + Number(query.get('limit') ?? 30);
    const next = to < files.length ? String(to) : null;
    await route.fulfill({
      json: { files: files.slice(from, to), next_cursor: next, usage: usage() },
    });
  });
  await page.route('**/api/files/*', async (route) => {
    const id = new URL(route.request().url()).pathname.split('/').at(-1);
    files = files.filter((file) => file.id !== id);
    await route.fulfill({ json: { message: 'ok' } });
  });
  await page.route('**/api/files/*/content*', async (route) => {
    const index = Number(/file-(\d+)/.exec(route.request().url())?.[1]);
    const [width, height] = SHAPES[index % SHAPES.length] ?? [1, 1];
    const body = drawing(width, height, HUES[index % HUES.length] ?? 0);
    await route.fulfill({ contentType: 'image/svg+xml', body });
  });
  return { names: () => files.map(({ name }) => name) };
}
