// Reads WXML, the templates of mini programs: only as much as uni-app's compiler writes.

/**
 * @typedef {{ tag: string, attrs: Record<string, string>, children: Node[] } | { text: string }} Node
 */

const TOKEN = /<\/([\w-]+)>|<([\w-]+)((?:\s+[\w:.-]+(?:="[^"]*")?)*)\s*(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([\w:.-]+)(?:="([^"]*)")?/g;

/** @returns {Node[]} */
export function parse(source) {
  const root = { tag: 'root', attrs: {}, children: [] };
  const open = [root];
  let read = 0;
  for (const [whole, closing, tag, attributes, alone, text] of source.matchAll(TOKEN)) {
    read += whole.length;
    const parent = open.at(-1);
    if (closing) {
      if (parent.tag !== closing) throw new Error(`</${closing}> closes <${parent.tag}>`);
      open.pop();
    } else if (tag) {
      const attrs = {};
      for (const [, name, value = ''] of attributes.matchAll(ATTRIBUTE)) attrs[name] = value;
      const node = { tag, attrs, children: [] };
      parent.children.push(node);
      if (!alone) open.push(node);
    } else if (text.trim() !== '') parent.children.push({ text: text.trim() });
  }
  if (read !== source.length) throw new Error('WXML that this reader does not know');
  return root.children;
}

const compiled = new Map();

/** The value of an attribute or text: `{{…}}` alone keeps its type, mixed with text it is text. */
export function evaluate(source, scope) {
  let program = compiled.get(source);
  if (!program) {
    const parts = [...source.matchAll(/\{\{([^]*?)\}\}|([^{]+|\{(?!\{))/g)].map(([, code, text]) =>
      code === undefined ? JSON.stringify(text) : `(${code})`,
    );
    // What is not in the data yet is undefined, in a template.
    const body = `with (scope) { return ${parts.length ? parts.join(' + ') : '""'}; }`;
    program = new Function('scope', body);
    compiled.set(source, program);
  }
  return program(new Proxy(scope, { has: (_, name) => typeof name === 'string' }));
}
