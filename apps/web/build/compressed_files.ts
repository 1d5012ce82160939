import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

import type { Plugin } from 'vite';

const TEXT = /\.(css|js|json|svg|txt|webmanifest)$/;

/** A compressed file must be this much smaller, or it is not worth a header. */
const WORTH = 0.9;

const ENCODINGS = {
  br: (content: Buffer) =>
    promisify(brotliCompress)(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
    }),
  gz: (content: Buffer) => promisify(gzip)(content, { level: 9 }),
};

/**
 * Writes each text file of the build once more as `.br` and `.gz`.
 *
 * The service sends the smallest that a browser understands (RFC 9110 §12.5.3). To compress at each
 * request would cost more than the request itself.
 */
export function compressedFiles(): Plugin {
  let folder = '';
  return {
    name: 'tally:compressed-files',
    apply: 'build',
    configResolved({ build }) {
      folder = build.outDir;
    },
    async closeBundle() {
      const found = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = found.filter((entry) => entry.isFile() && TEXT.test(entry.name));
      await Promise.all(files.map(({ parentPath, name }) => compress(join(parentPath, name))));
    },
  };
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  for (const [ending, encode] of Object.entries(ENCODINGS)) {
    const encoded = await encode(content);
    if (encoded.length < content.length * WORTH) await writeFile(`${file}.${ending}`, encoded);
  }
}
