// Any request over HTTP as a script of `requests`: the same bytes.
import { isUtf8 } from 'node:buffer';
import type { KeptRequest } from '../kept-exchange.ts';
import { pythonHeaders } from './python-headers.ts';
import { pythonText } from './python-literal.ts';

const lineChars = 100;

export function pythonOfRequests(request: KeptRequest, bytes: Buffer, agentUrl: string): string {
  const headers = pythonHeaders(request, 'requests');
  const coded = bytes.length > 0 && !isUtf8(bytes);
  const imports = [...(coded ? ['import base64'] : []), ...(headers?.usesEnvironment ? ['import os'] : [])];
  const words = [
    pythonText(request.method),
    pythonText(request.path.startsWith('/') ? agentUrl + request.path : agentUrl),
    ...(headers === null ? [] : [`headers=${headers.text}`]),
    ...(bytes.length === 0 ? [] : ['data=body']),
    'timeout=60',
  ];
  const lines = [
    '# pip install requests',
    ...imports,
    ...(imports.length > 0 ? [''] : []),
    'import requests',
    '',
    ...(bytes.length === 0 ? [] : bodyLines(bytes, coded)),
    'response = requests.request(',
    ...words.map((word) => `    ${word},`),
    ')',
    'print(response.status_code, response.headers.get("content-type"))',
    'print(response.text)',
    '',
  ];
  return lines.join('\n');
}

function bodyLines(bytes: Buffer, coded: boolean): string[] {
  if (!coded) return [`body = ${pythonText(bytes.toString())}.encode()`, ''];
  const chunks = bytes.toString('base64').match(new RegExp(`.{1,${lineChars}}`, 'g')) ?? [];
  return ['body = base64.b64decode(', ...chunks.map((chunk) => `    "${chunk}"`), ')', ''];
}
