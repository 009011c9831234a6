// The runtime of `outrigger dev` in a process of its own, so that it can be asked without the agent too. argv: port

import { exampleModelDir } from '../../src/dev/example.ts';
import { openLog } from '../../src/process-log.ts';

process.env.ORT_DISABLE_TELEMETRY = '1'; // before it is loaded
const { startOnnxRuntime } = await import('../../src/dev/onnx-runtime.ts');
const log = await openLog({ level: 'warn', pretty: false });
await startOnnxRuntime({ host: '127.0.0.1', port: Number(process.argv[2]), modelDir: exampleModelDir, log });
