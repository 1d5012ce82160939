// Pages and components as WeChat makes them of `Component({…})`, and the elements they render to.
import { evaluate } from './wxml.mjs';

/** As data crosses to the view: by value, and functions do not. */
const clone = (value) => {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
};

/** Puts `value` at `a.b[0].c` of `data`. */
function put(data, path, value) {
  const steps = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  const last = steps.pop();
  let at = data;
  for (const step of steps) at = at[step] ??= {};
  at[last] = clone(value);
}

let serial = 0;

/**
 * One page or component: what `this` is in its methods, and its rendered elements below `rendered`.
 *
 * `definition`: what was passed to `Component`. `kit`: `definitionOf(tag, from)` and `templateOf(path)`.
 */
export function createInstance(definition, { path, owner, host, route, properties = {} }, kit) {
  const { options: made } = definition;
  const shape = made.properties ?? {};
  const instance = {
    is: path,
    data: { ...clone(made.data ?? {}) },
    properties: {},
    __wxExparserNodeId__: `node${++serial}`,
    ...(route && { route }),
    setData(changes, done) {
      for (const [key, value] of Object.entries(changes)) put(instance.data, key, value);
      // Children are made when their parent is attached, never during it.
      if (state.attached) render();
      if (done) Promise.resolve().then(() => done.call(instance));
    },
    triggerEvent(name, detail) {
      const handler = host?.attrs[`bind${name}`] ?? host?.attrs[`bind:${name}`];
      if (handler !== undefined) call(owner, handler, { type: name, detail });
    },
    selectComponent: () => null,
    selectAllComponents: () => [],
    ...made.methods,
  };
  const state = { instance, rendered: [], attached: false, destroy, setProperties };
  const children = new Map();

  for (const [name, declared] of Object.entries(shape))
    instance.properties[name] = properties[name] ?? declared?.value;
  Object.assign(instance.data, instance.properties);

  function setProperties(next) {
    for (const [name, value] of Object.entries(next)) {
      if (!(name in shape) || instance.properties[name] === value) continue;
      instance.properties[name] = value;
      instance.data[name] = value;
      shape[name]?.observer?.call(instance, value);
      made.observers?.[name]?.call(instance, value);
    }
  }
  function render() {
    const seen = new Set();
    const context = { instance, children, seen, kit, path, at: '' };
    state.rendered = renderAll(kit.templateOf(path), instance.data, context);
    for (const [key, child] of children)
      if (!seen.has(key)) {
        children.delete(key);
        child.destroy();
      }
  }
  function destroy() {
    for (const child of children.values()) child.destroy();
    children.clear();
    made.lifetimes?.detached?.call(instance);
  }

  made.created?.call(instance);
  made.lifetimes?.created?.call(instance);
  for (const [name, { observer } = {}] of Object.entries(shape))
    if (properties[name] !== undefined) observer?.call(instance, properties[name]);
  made.lifetimes?.attached?.call(instance);
  state.attached = true;
  render();
  made.lifetimes?.ready?.call(instance);
  return state;
}

/** Calls a handler by its name in the template. */
export function call(instance, name, event) {
  const target = { id: '', dataset: {}, offsetLeft: 0, offsetTop: 0 };
  const handler = instance[name];
  if (typeof handler !== 'function') throw new Error(`${instance.is} has no handler ${name}`);
  return handler.call(instance, {
    ...{ timeStamp: Date.now(), target, currentTarget: target, detail: {} },
    ...event,
  });
}

/** Renders siblings: `wx:if` chains belong to those before them. */
function renderAll(nodes, scope, context) {
  let taken = true;
  return nodes.flatMap((node, index) => {
    if ('text' in node) return [{ text: String(evaluate(node.text, scope)) }];
    const { attrs } = node;
    if ('wx:if' in attrs) taken = Boolean(evaluate(attrs['wx:if'], scope));
    else if ('wx:elif' in attrs) {
      if (taken) return [];
      taken = Boolean(evaluate(attrs['wx:elif'], scope));
    } else if ('wx:else' in attrs) {
      if (taken) return [];
      taken = true;
    } else taken = true;
    if (!taken) return [];
    const at = `${context.at}/${index}`;
    if (!('wx:for' in attrs)) return renderOne(node, scope, { ...context, at });
    const { 'wx:for': list, 'wx:for-item': item = 'item', 'wx:key': key } = attrs;
    return (evaluate(list, scope) ?? []).flatMap((each, turn) =>
      renderOne(node, Object.assign(Object.create(scope), { [item]: each, index: turn }), {
        ...context,
        at: `${at}[${key ? each[key] : turn}]`,
      }),
    );
  });
}

function renderOne(node, scope, context) {
  const { instance, kit, path } = context;
  if (node.tag === 'block') return renderAll(node.children, scope, context);
  const attrs = {};
  for (const [name, source] of Object.entries(node.attrs))
    if (!name.startsWith('wx:')) attrs[name] = evaluate(source, scope);
  const element = { tag: node.tag, attrs, owner: instance, children: [], shadow: null };
  const definition = kit.definitionOf(node.tag, path);
  if (definition) element.shadow = childFor(definition, element, context);
  element.children = renderAll(node.children, scope, context);
  return [element];
}

/** The component behind an element: the one from last time with new properties, or a new one. */
function childFor(definition, element, { instance, children, seen, kit, at }) {
  const properties = {};
  for (const [name, value] of Object.entries(element.attrs))
    properties[name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())] = value;
  const key = `${at}:${element.attrs['u-i'] ?? ''}`;
  seen.add(key);
  const known = children.get(key);
  if (known) {
    Object.assign(known.host, { attrs: element.attrs });
    known.setProperties(properties);
    return known;
  }
  const host = { attrs: element.attrs };
  const made = createInstance(
    definition,
    { path: definition.path, owner: instance, host, properties },
    kit,
  );
  made.host = host;
  children.set(key, made);
  return made;
}

/** All elements as a person meets them: components opened, slots filled. */
export function* walk(elements, slot = []) {
  for (const element of elements) {
    if (element.tag === 'slot') {
      yield* walk(slot);
      continue;
    }
    yield element;
    if (element.shadow) yield* walk(element.shadow.rendered, element.children);
    else if (element.children) yield* walk(element.children, slot);
  }
}

/** The text inside an element. */
export const textOf = (element) =>
  [...walk([element])]
    .map((each) => each.text ?? '')
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
