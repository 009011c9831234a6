// The stub runtime as a process of its own: `node test/support/runtimes/repository-runtime-child.ts <model-dir> [port] [load ms]`.
import { openRepositoryRuntime } from './repository-runtime.ts';

const [modelDir, port = '0', loadMs = '0'] = process.argv.slice(2);
if (modelDir === undefined) throw new Error('usage: repository-runtime-child.ts <model-dir> [port] [load ms]');
const runtime = await openRepositoryRuntime({ modelDir, port: Number(port), loadMs: Number(loadMs) });
console.log(runtime.port);
process.once('SIGTERM', () => void runtime.kill());
