// What a refusal of the Hugging Face hub means, and what to do about it (huggingface_hub: utils/_http.py, hf_raise_for_status).
import { OutriggerError } from '../../../errors.ts';
import type { AnswerHead } from '../../http/http-client.ts';
import { shownText } from '../../uri/shown-text.ts';

export interface HubPlace {
  /** Of the endpoint. */
  readonly host: string;
  /** owner/name */
  readonly model: string;
  readonly revision: string;
  readonly token: string | null;
}

/** The hub says in X-Error-Code what its statuses hide: without a token a model that is not there is a 401. */
export function hubFailure(
  { status, headers }: AnswerHead,
  place: HubPlace & { readonly file?: string },
): OutriggerError {
  const { host, model, revision, token, file } = place;
  const name = `${host}: ${model}${file === undefined ? '' : ` ("${shownText(file)}")`}`;
  const credentials =
    token === null ? 'set HF_TOKEN to a token that may read it' : 'HF_TOKEN may not read it, or is no longer valid';
  const code = headers.get('x-error-code') ?? '';
  if (code === 'GatedRepo') {
    const terms = `its terms have to be accepted at https://${host}/${model} by the account of HF_TOKEN`;
    return new OutriggerError(
      'STORE_DENIED',
      `${name} is gated; ${terms}${token === null ? '; HF_TOKEN is not set' : ''}`,
    );
  }
  if (code === 'RepoNotFound') {
    return new OutriggerError('MODEL_NOT_FOUND', `${name} is not there, or private; check its name; ${credentials}`);
  }
  if (code === 'RevisionNotFound') return notFound(`${name} has no revision "${shownText(revision)}"`);
  if (status === 401 || status === 403) {
    return new OutriggerError(
      'STORE_DENIED',
      `${name} is refused (${status}): not there, private or gated; ${credentials}`,
    );
  }
  if (status === 404 || status === 410) return notFound(`${name} is not there (revision "${shownText(revision)}")`);
  return new OutriggerError('STORE_FAILED', `${name}: the hub answered ${status}`);
}

function notFound(message: string): OutriggerError {
  return new OutriggerError('MODEL_NOT_FOUND', `${message}; check the URI`);
}
