import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pythonOf } from '../../../../src/dev/inspector/view/python.ts';
import { requestOf } from './parts.ts';
import { pythonSamples } from './python-samples.ts';

const agentUrl = 'http://127.0.0.1:8080';
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.log('scripts are not compiled: there is no python3 on this machine');

describe('the Python script of a request', () => {
  it('of V2 JSON is an inference by tritonclient with the real values', () => {
    const script = pythonOf(pythonSamples.json, agentUrl);
    expect(script).toContain('import tritonclient.http as triton');
    expect(script).toContain('triton.InferenceServerClient("127.0.0.1:8080")');
    expect(script).toContain('triton.InferInput("k", [1, 2], "INT64")');
    expect(script).toContain(
      'np.array([9007199254740993, -9223372036854775808], dtype=np.int64).reshape([1, 2]), binary_data=False',
    );
    expect(script).toContain('np.array([float("NaN"), 1.0, -0.0], dtype=np.float32)');
    expect(script).toContain('outputs=[triton.InferRequestedOutput("y", binary_data=False)]');
    expect(script).toContain('request_id="a\\u00e9"');
    expect(script).toContain('priority=1');
    expect(script).toContain('parameters={"t": 1.0, "s": "x"}');
  });

  it('leaves out values of large tensors, and says so', () => {
    const script = pythonOf(pythonSamples.large, agentUrl);
    expect(script).toContain('# The 5000 values of the request are left out here.');
    expect(script).toContain('np.zeros([50, 100], dtype=np.float32)');
  });

  it('never holds a secret', () => {
    const script = pythonOf(pythonSamples.secret, agentUrl) ?? '';
    expect(script).toContain('"Authorization": os.environ["AUTHORIZATION"]');
    expect(script).not.toContain('theirs');
  });

  it('of a gRPC inference is one by tritonclient.grpc, of other calls what it calls them', () => {
    expect(pythonOf(pythonSamples.grpc, agentUrl)).toContain('import tritonclient.grpc as triton');
    expect(pythonOf(pythonSamples.grpcReady, agentUrl)).toContain(
      'client.is_model_ready("m", "", headers={"x-tenant": "a"})',
    );
  });

  it('of V1, of broken JSON and of bytes sends the same body by requests', () => {
    expect(pythonOf(pythonSamples.v1, agentUrl)).toContain(
      'body = "{\\"instances\\":[[1.0,\\"\\u00e9\\\\n\\"]]}\\n".encode()',
    );
    expect(pythonOf(pythonSamples.broken, agentUrl)).toContain('import requests');
    expect(pythonOf(pythonSamples.bytes, agentUrl)).toContain('base64.b64decode');
  });

  it('is none where the body was not kept whole, and for streams', () => {
    expect(pythonOf(requestOf(null), agentUrl)).toBeNull();
    expect(pythonOf(pythonSamples.stream, agentUrl)).toBeNull();
  });
});

describe.skipIf(!hasPython)('each script', () => {
  it('is one that Python compiles', () => {
    const folder = mkdtempSync(join(tmpdir(), 'outrigger-python-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const files = Object.entries(pythonSamples).flatMap(([name, request]) => {
      const script = pythonOf(request, agentUrl);
      if (script === null) return [];
      const file = join(folder, `${name}.py`);
      writeFileSync(file, script);
      return [file];
    });
    expect(files.length).toBeGreaterThan(8);
    const { status, stderr } = spawnSync('python3', ['-m', 'py_compile', ...files], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});
