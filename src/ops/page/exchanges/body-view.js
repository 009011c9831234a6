// A body in readable form: tensors, messages of a stream, JSON, text or bytes.
/** @import { BodyView } from '../../../dev/inspector/api.ts' */
/** @import { Child } from '../parts/element.js' */
import { element } from '../parts/element.js';
import { showBytes } from '../parts/format.js';
import { factTable } from '../parts/tiles.js';
import { tensorTable } from './tensor-view.js';

/** @param {BodyView} body @returns {Child | readonly Child[]} */
export function showBody(body) {
  switch (body.kind) {
    case 'tensors':
      return [aboutTable(body.about), ...tensorTable(body.tensors).flat()];
    case 'messages':
      return body.messages.map((message, at) =>
        element('section', { class: 'message' }, element('h4', {}, `message ${at + 1}`), showBody(message)),
      );
    case 'json':
    case 'text':
      return [codeBlock(body.text), body.cut && cutNote()];
    case 'binary':
      return [
        element('p', { class: 'quiet' }, `${showBytes(body.bytes)}; its first bytes:`),
        codeBlock(hexLines(body.hex)),
      ];
    case 'empty':
      return element('p', { class: 'quiet' }, 'no body');
    case 'missing':
      return element('p', { class: 'quiet' }, body.reason);
  }
}

/** @param {string} text */
export function codeBlock(text) {
  return element('pre', { class: 'code', tabindex: '0' }, element('code', {}, text));
}

function cutNote() {
  return element('p', { class: 'quiet' }, 'More of it passed than was kept.');
}

/** @param {Readonly<Record<string, unknown>>} about */
function aboutTable(about) {
  const rows = Object.entries(about).map(
    ([name, value]) => /** @type {const} */ ([name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
  return rows.length === 0 ? null : factTable(rows);
}

/** 16 bytes a line, with their offset and what of them is ASCII. @param {string} hex */
export function hexLines(hex) {
  const bytes = hex.replaceAll(/\s/g, '').match(/../g) ?? [];
  const lines = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const line = bytes.slice(start, start + 16);
    const ascii = line
      .map((byte) => Number.parseInt(byte, 16))
      .map(asciiOf)
      .join('');
    lines.push(`${start.toString(16).padStart(4, '0')}  ${line.join(' ').padEnd(47)}  ${ascii}`);
  }
  return lines.join('\n');
}

/** @param {number} byte */
function asciiOf(byte) {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·';
}
