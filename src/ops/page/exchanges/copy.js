// Code to take along: shown, and copied with a click.

import { element } from '../parts/element.js';
import { codeBlock } from './body-view.js';

const SAID_MS = 1500;

/** @param {string} title @param {string} text */
export function copyBlock(title, text) {
  const block = codeBlock(text);
  const button = element('button', { type: 'button', class: 'quiet-button' }, 'Copy');
  const said = element('span', { class: 'said', role: 'status' });
  button.addEventListener('click', async () => {
    said.textContent = (await copyText(text, block)) ? 'copied' : 'selected: press Ctrl+C';
    setTimeout(() => {
      said.textContent = '';
    }, SAID_MS);
  });
  return element('section', { class: 'copy' }, element('header', {}, element('h3', {}, title), said, button), block);
}

/** Only https and this machine may write to the clipboard; elsewhere the text is selected. @param {string} text @param {Node} block */
async function copyText(text, block) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    document.getSelection()?.selectAllChildren(block);
    return false;
  }
}
