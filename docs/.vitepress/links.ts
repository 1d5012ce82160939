/** Links between pages are written for readers of the repository; here they become addresses of the site. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { REPOSITORY } from './pages.ts';
import type { Page } from './pages.ts';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** The anchor of a heading, as GitHub makes it. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * Makes links to files work here. A page gets its address. A file that is no page stays a text with its
 * path: the site has no copy of it. What exists nowhere is left to VitePress, which refuses dead links.
 */
export function linkPages(pages: ReadonlyMap<string, Page>): (md: MarkdownRenderer) => void {
  const files = new Map([...pages.values()].map(({ file, route }) => [route, file]));
  return (md) => {
    // Double braces in code are a template's of ours, and none of Vue's.
    const code = md.renderer.rules.code_inline;
    md.renderer.rules.code_inline = (...given) =>
      (code?.(...given) ?? '').replace(/^<code(?! v-pre)/, '<code v-pre');
    md.core.ruler.push('tally_links', ({ tokens, env }) => {
      const { relativePath } = env as { relativePath: string };
      const folder = posix.dirname(files.get(relativePath) ?? '');
      for (const { children } of tokens) if (children) relink(children, folder, pages);
    });
  };
}

function relink(tokens: Token[], folder: string, pages: ReadonlyMap<string, Page>): void {
  let plain = false;
  for (const token of tokens) {
    if (token.type === 'link_open') {
      const [path = '', anchor] = decodeURI(token.attrGet('href') ?? '').split('#');
      if (path === '' || /^([a-z]+:|\/)/.test(path)) continue;
      const file = posix.join(folder, path).replace(/\/$/, '');
      const page = pages.get(file);
      plain = !page && existsSync(join(REPOSITORY, file));
      if (plain) asText(token, `<span class="in-repository" title="${file}">`);
      else if (page) token.attrSet('href', `/${page.route}${anchor ? `#${anchor}` : ''}`);
    } else if (token.type === 'link_close' && plain) {
      asText(token, '</span>');
      plain = false;
    }
  }
}

function asText(token: Token, html: string): void {
  token.type = 'html_inline';
  token.content = html;
  token.nesting = 0;
}
