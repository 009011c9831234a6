import { expect, it } from 'vitest';
import { type Greeting, renderGreeting, urlOf } from '../../src/commands/dev-greeting.ts';
import { exampleCurl } from '../../src/dev/example.ts';

const greeting: Greeting = {
  agentUrl: 'http://127.0.0.1:9081',
  opsUrl: 'http://127.0.0.1:9089',
  runtimeUrl: 'http://127.0.0.1:8000',
  embedded: true,
  example: exampleCurl('http://127.0.0.1:9081'),
  workbench: { modelsFile: '/tmp/x/config/models.json', storedModel: '/tmp/x/store/digits/model.onnx' },
  sinkUrl: 'http://127.0.0.1:9999/',
  env: {},
};

it('names every address, and each line to paste stands alone on its line', () => {
  const lines = renderGreeting(greeting).split('\n');
  for (const url of [greeting.agentUrl, greeting.opsUrl, greeting.runtimeUrl, greeting.sinkUrl]) {
    expect(lines.some((line) => line.endsWith(` ${url}`))).toBe(true);
  }
  expect(lines).toContain(greeting.example?.command);
  expect(lines).toContain(greeting.example?.loadCommand);
  for (const path of Object.values(greeting.workbench ?? {})) expect(lines).toContain(`    ${path}`);
  for (const page of ['status', 'models']) expect(lines.join('\n')).toContain(`http://127.0.0.1:9089/${page}`);
});

it("has no example for a runtime of the user's own, and no operator's port that is off", () => {
  const users = { embedded: false, example: null, workbench: null, opsUrl: null, sinkUrl: null };
  const text = renderGreeting({ ...greeting, ...users });
  expect(text).toContain('in front of the runtime at http://127.0.0.1:8000');
  for (const word of ['curl', 'embedded', 'null', 'metrics', 'events', 'Edit']) expect(text).not.toContain(word);
});

it("says so when the operator's port, and with it the page, could not be had", () => {
  const text = renderGreeting({ ...greeting, opsUrl: null, opsRefused: 9089 });
  expect(text).toContain('port 9089');
  expect(text).toContain('--metrics-port');
});

it('has no example for models of the user behind the embedded runtime', () => {
  const text = renderGreeting({ ...greeting, example: null, workbench: null });
  expect(text).toContain('in front of an embedded runtime at http://127.0.0.1:8000');
  for (const word of ['curl', 'digits', 'Edit']) expect(text).not.toContain(word);
});

it('names the models of --model, with a request to the first, and the one file to edit', () => {
  const models = { example: null, models: ['a', 'b'], request: 'curl -sS x' };
  const workbench = { modelsFile: '/tmp/x/config/models.json', storedModel: null };
  const text = renderGreeting({ ...greeting, ...models, workbench });
  expect(text).toContain('in front of an embedded runtime with the models a, b, at http://127.0.0.1:8000');
  expect(text.split('\n')).toContain('curl -sS x');
  expect(text).toContain('    /tmp/x/config/models.json\n');
  for (const word of ['digit', 'null', 'stored']) expect(text).not.toContain(word);
});

it.each(['http_proxy', 'all_proxy', 'ALL_PROXY'])('has curl pass over the proxy that %s names', (name) => {
  expect(renderGreeting({ ...greeting, env: { [name]: 'http://proxy:3128' } })).toContain("curl --noproxy '*' -sSw ");
  expect(renderGreeting({ ...greeting, env: { [name]: '' } })).toContain('curl -sSw ');
});

it.each([
  ['', 'http://127.0.0.1:1'],
  ['0.0.0.0', 'http://127.0.0.1:1'],
  ['::', 'http://127.0.0.1:1'],
  ['::1', 'http://[::1]:1'],
  ['10.0.0.7', 'http://10.0.0.7:1'],
])('an agent that listens at "%s" is called at %s', (host, url) => {
  expect(urlOf(host, 1)).toBe(url);
});
