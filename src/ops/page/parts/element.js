// How the page makes elements. Text is only ever text, never markup: what is shown comes from strangers.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * `class` and attributes by their names; true: without a value, false or null: not at all. `on`: listeners by event.
 * `vars`: custom properties of CSS, without their dashes.
 * @typedef {object} Props
 * @property {Readonly<Record<string, EventListener>>} [on]
 * @property {Readonly<Record<string, string | number>>} [vars]
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props & Record<string, unknown>} [props]
 * @param {...(Child | readonly Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  const { on = {}, vars = {}, ...attributes } = props;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  for (const [name, value] of Object.entries(vars)) node.style.setProperty(`--${name}`, String(value));
  node.append(...nodesOf(children));
  return node;
}

/** @param {Node & ParentNode} parent @param {...(Child | readonly Child[])} children in place of those there are */
export function fill(parent, ...children) {
  parent.replaceChildren(...nodesOf(children));
}

/** @param {readonly (Child | readonly Child[])[]} children @returns {(Node | string)[]} */
function nodesOf(children) {
  return children
    .flat()
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const node = document.getElementById(id);
  if (node === null) throw new Error(`the page has no #${id}`);
  return node;
}

/** @type {WeakMap<Node, string>} */
const drawn = new WeakMap();

/**
 * Draws anew only when what it shows has changed, so that a selection and the focus stay where they are.
 * @param {HTMLElement} node
 * @param {unknown} value all that `draw` looks at
 * @param {() => Child | readonly Child[]} draw
 */
export function redraw(node, value, draw) {
  const key = JSON.stringify(value);
  if (drawn.get(node) === key) return;
  drawn.set(node, key);
  fill(node, draw());
}
