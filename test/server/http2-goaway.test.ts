// A client of HTTP/2 that says GOAWAY back while the agent drains, as node's does: its call ends well, with lanes and without.
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { expect, it, onTestFinished } from 'vitest';
import { startAgent } from '../../src/agent.ts';
import { openMetrics } from '../../src/metrics.ts';
import { bindListener } from '../../src/server/listener.ts';
import { eventually } from '../support/eventually.ts';
import { silentLog } from '../support/members.ts';
import { serve } from '../support/runtimes/probed.ts';
import { testConfig } from '../support/test-agent.ts';

/** Once at the signal, at the end of accepting, and twice for those that came meanwhile (drain.ts). */
async function startCounted(runtimePort: number, flags: readonly string[]) {
  const config = testConfig(runtimePort, flags);
  const listener = await bindListener(config.listener);
  const ask = listener.askClientsToLeave.bind(listener);
  let count = 0;
  listener.askClientsToLeave = () => {
    count += 1;
    ask();
  };
  const agent = await startAgent({ config, listener, log: silentLog, metrics: openMetrics() });
  onTestFinished(() => agent[Symbol.asyncDispose]());
  return { agent, url: `http://127.0.0.1:${agent.port}`, notices: () => count };
}

it.each(['auto', 'off'])(
  'a call that outlives all notices of the drain gets its answer (--lanes %s)',
  async (lanes) => {
    const calls: ServerHttp2Stream[] = [];
    const { port } = await serve(createServer().on('stream', (stream) => calls.push(stream)));
    const { agent, url, notices } = await startCounted(port, ['--lanes', lanes]);
    const session = connect(url);
    onTestFinished(() => session.destroy());
    const failures: Error[] = [];
    session.on('error', (error) => failures.push(error));
    const call = session.request({ ':method': 'POST', ':path': '/a.A/B', 'content-type': 'application/grpc' });
    call.on('error', (error) => failures.push(error));
    call.resume().end();
    await eventually('the call is there', () => calls.length === 1);
    let idle = false;
    const drained = agent.drain().then(() => {
      idle = true;
    });
    await eventually('all notices of the drain were given', () => notices() === 4);
    expect(idle).toBe(false);
    calls[0]?.respond({ ':status': 200, 'content-type': 'application/grpc' }, { endStream: true });
    await eventually('the call is over', () => call.closed);
    expect(failures).toEqual([]);
    expect(call.rstCode).toBe(0);
    await drained;
  },
);
