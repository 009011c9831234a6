// Nobody is at --component-port: is a runtime at one of the ports that runtimes have by default?
import { get, type IncomingMessage } from 'node:http';
import { type Finding, note } from './finding.ts';

/** Triton, KServe's servers and MLServer and TorchServe, MLServer's gateway, TF Serving, OVMS. */
const usualPorts = [8000, 8080, 8085, 8501, 9000];
const callMs = 500;

export async function findRuntimeElsewhere(componentPort: number): Promise<readonly Finding[]> {
  const others = usualPorts.filter((port) => port !== componentPort);
  const found = await Promise.all(others.map(async (port) => ((await speaksV2(port)) ? [port] : [])));
  return found
    .flat()
    .map((port) => note(`a runtime answers at port ${port}`, `if it is yours: --component-port ${port}`));
}

function speaksV2(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(callMs);
    const options = { host: '127.0.0.1', port, path: '/v2/health/live', agent: false, signal } as const;
    const call = get(options, ({ statusCode }: IncomingMessage) => {
      resolve(statusCode === 200);
      call.destroy();
    });
    call.on('error', () => resolve(false)); // also behind the answer, which is not read to its end
    call.once('close', () => resolve(false));
  });
}
