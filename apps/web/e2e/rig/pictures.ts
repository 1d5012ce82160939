import { expect } from '@playwright/test';
import { png } from './png.ts';
import type { Colour } from './png.ts';
import type { Server } from './server.ts';
import type { Person } from './test.ts';

const SHAPES = [
  [534, 356],
  [300, 450],
  [400, 400],
  [532, 300],
  [266, 400],
  [466, 334],
  [334, 500],
  [640, 360],
  [400, 534],
  [500, 334],
  [360, 360],
  [234, 366],
] as const;
const SKIES: readonly Colour[] = [
  [214, 226, 214],
  [236, 221, 190],
  [205, 222, 230],
  [232, 207, 184],
];

/** Hills under a sky, in the size and colours of the `index`th. */
function landscape(index: number): Buffer {
  const [width, height] = SHAPES[index % SHAPES.length] ?? [1, 1];
  const [red, green, blue] = SKIES[index % SKIES.length] ?? [0, 0, 0];
  return png(width, height, (x, y) => {
    const [across, down] = [x / width, y / height];
    for (let hill = 3; hill >= 1; hill--) {
      const crest = 0.25 + 0.2 * hill + 0.09 * Math.sin(across * (9 - hill) + index + hill * 2);
      if (down > crest) return [104 - 24 * hill, 136 - 22 * hill, 122 - 24 * hill];
    }
    const glow = 22 * down;
    return [red + glow, green + glow, blue + glow];
  });
}

export const nameOf = (index: number): string =>
  index === 3
    ? `${'a long name of a holiday picture '.repeat(2).trim()}.png`
    : `IMG_20${index}.png`;

/** Gives `person` so many pictures, over a session that is over afterwards. The first is the newest. */
export async function addPictures(server: Server, person: Person, count = 12): Promise<void> {
  const call = async (method: string, path: string, status: number, init: RequestInit) => {
    const answer = await fetch(`${server.origin}/api${path}`, { method, ...init });
    expect(answer.status, path).toBe(status);
    return (await answer.json()) as Record<string, unknown>;
  };
  const body = JSON.stringify({ ...person, device: { type: 'app', name: 'Camera' } });
  const json = { 'content-type': 'application/json' };
  const { access_token: token } = await call('POST', '/auth/login', 200, { headers: json, body });
  const headers = { authorization: `Bearer ${String(token)}` };
  for (let index = count - 1; index >= 0; index--) {
    const form = new FormData();
    const bytes = count > SHAPES.length ? png(60, 40, [index, 120, 100]) : landscape(index);
    form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), nameOf(index));
    await call('POST', '/files', 201, { headers, body: form });
  }
  await call('DELETE', '/auth/logout', 200, { headers });
}
