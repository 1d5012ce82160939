/** The service's Content-Security-Policy forbids scripts and styles inside a page. VitePress writes some. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const SCRIPT = /<script([^>]*)>([^<]+)<\/script>/g;
/** Two styles of the theme. What they do stands in look.css, or is done by a script of the theme. */
const STYLE = / style="(position:relative;|--vp-vh:0px;)"/g;

/** Moves inline scripts into files. */
export class Policy {
  readonly #found = new Map<string, string>();

  constructor(private readonly base: string) {}

  /** The page without inline styles, each inline script replaced by the address of a file. */
  applied(html: string): string {
    return html
      .replaceAll(STYLE, '')
      .replaceAll(SCRIPT, (_, attributes: string, script: string) => {
        const hash = createHash('sha256').update(script).digest('hex').slice(0, 12);
        const name = `assets/inline.${hash}.js`;
        this.#found.set(name, script);
        return `<script${attributes} src="${this.base}${name}"></script>`;
      });
  }

  /** Writes the files of all scripts found. */
  async write(folder: string): Promise<void> {
    for (const [name, script] of this.#found) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), script);
    }
  }
}
