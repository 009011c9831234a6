// Sends a kept request once more, and says what came of it.
/** @import { Replayed } from '../../../dev/inspector/api.ts' */
import { element, fill } from '../parts/element.js';
import { showMs } from '../parts/format.js';
import { errorOf } from '../state/poll.js';
import { statusWord } from './outcome.js';

export class Replay {
  #button = element('button', { type: 'button', class: 'primary' }, 'Replay');
  #said = element('span', { class: 'said', role: 'status' });
  /** @type {number | null} */
  #id = null;

  /** @param {{ replayed(): void }} hooks */
  constructor({ replayed }) {
    this.node = element('div', { class: 'replay' }, this.#button, this.#said);
    this.#button.addEventListener('click', async () => {
      this.#button.disabled = true;
      fill(this.#said, 'sending …');
      fill(this.#said, await this.#send());
      this.#button.disabled = false;
      replayed();
    });
  }

  /** @param {number} id @param {{ isPossible: boolean }} options */
  aim(id, { isPossible }) {
    if (id !== this.#id) fill(this.#said);
    this.#id = id;
    this.#button.disabled = !isPossible;
    this.#button.title = isPossible ? 'send this request once more' : 'its body was not kept whole';
  }

  async #send() {
    try {
      const response = await fetch(`/inspect/exchanges/${this.#id}/replay`, {
        method: 'POST',
        headers: { 'X-Outrigger-Inspect': '1' },
      });
      if (!response.ok) return element('span', { class: 'state bad' }, await errorOf(response));
      const { status, grpcStatus, totalMs } = /** @type {Replayed} */ (await response.json());
      const isFine = status < 400 && (grpcStatus ?? 0) === 0;
      return element(
        'span',
        {},
        'answered ',
        element('span', { class: `state ${isFine ? 'ok' : 'bad'}` }, statusWord({ status, grpcStatus })),
        ` after ${showMs(totalMs)}; it is `,
        element('a', { href: '#exchanges', class: 'to-newest' }, 'in the list'),
      );
    } catch (error) {
      return element('span', { class: 'state bad' }, error instanceof Error ? error.message : 'no answer');
    }
  }
}
