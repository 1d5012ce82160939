// The rule `house/walls`: holds every import to the plan, and finds circles.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { PLAN } from './plan.mjs';

const WORKSPACE = dirname(import.meta.dirname);

const slashed = (path) => path.split(sep).join('/');

/** `@scope/name/deep/file` belongs to `@scope/name`; ours have entries of their own. */
const packageOf = (source) =>
  source.startsWith('@tigertally/')
    ? source
    : source
        .split('/')
        .slice(0, source.startsWith('@') ? 2 : 1)
        .join('/');

/** The plan for a file, and the file's path below its root; `null` for files of no plan. */
function placeOf(filename) {
  const path = slashed(relative(WORKSPACE, filename));
  const plan = PLAN.find(({ root }) => path.startsWith(`${root}/`));
  return plan ? { plan, path: path.slice(plan.root.length + 1) } : null;
}

/** A path below the root without its ending: `session/http`, `types`. */
const bare = (path) => path.replace(/\.(d\.ts|ts|js|vue|css|scss)$/, '');
const roomOf = (path) => bare(path.split('/')[0]);

/** Where an import leads below the root; `null` for packages. */
function targetOf({ plan, path }, source) {
  if (plan.alias && source.startsWith(plan.alias)) return source.slice(plan.alias.length);
  return source.startsWith('.') ? slashed(join(dirname(path), source)) : null;
}

/** What is wrong with an import, or `null`. */
function faultOf(place, source) {
  const { plan, path } = place;
  const target = targetOf(place, source);
  if (target === null) {
    const allowed = [...plan.packages, ...(plan.also[path] ?? [])];
    return allowed.includes(packageOf(source)) ? null : `${path} may not import ${source}.`;
  }
  if (target.startsWith('..')) return `${path} may not import from outside of ${plan.root}.`;
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from === to) {
    const foreign = dirname(path) !== dirname(target) || dirname(path) === from;
    return plan.apart?.includes(from) && foreign ? `${from} do not import each other.` : null;
  }
  return plan.rooms[from]?.includes(to) ? null : `${from} may not import ${to}.`;
}

/** The file that an import of a file runs, or `null` for packages and what is no code. */
function fileOf(place, source) {
  const target = targetOf(place, source);
  if (target === null) return null;
  const base = join(WORKSPACE, place.plan.root, target.replace(/\.js$/, ''));
  const names = [base, `${base}.ts`, `${base}.vue`, join(base, 'index.ts')];
  const found = names.find((name) => existsSync(name) && statSync(name).isFile());
  return found && /\.(ts|vue)$/.test(found) ? found : null;
}

/** What runs before the file does: types and `import()` do not. */
const STATIC = /^(?:import|export)\s(?!type\s)(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;

const known = new Map();

/** Files that a file imports. */
function importsOf(filename, text) {
  const place = placeOf(filename);
  if (!place) return [];
  const sources = [...(text ?? readFileSync(filename, 'utf8')).matchAll(STATIC)];
  return sources.map(([, source]) => fileOf(place, source)).filter(Boolean);
}

function reach(filename, seen = new Set()) {
  if (!known.has(filename)) known.set(filename, importsOf(filename));
  for (const next of known.get(filename))
    if (!seen.has(next)) {
      seen.add(next);
      reach(next, seen);
    }
  return seen;
}

export const walls = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const place = placeOf(context.filename);
    if (!place) return {};
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string') return;
      const message = faultOf(place, source);
      if (message) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: (node) => check({ ...node, source: node.source ?? node.argument?.literal }),
      Program(node) {
        const back = importsOf(context.filename, context.sourceCode.text).find(
          (next) => next === context.filename || reach(next).has(context.filename),
        );
        if (back) context.report({ node, message: `${place.path} imports itself, over ${back}.` });
      },
    };
  },
};
