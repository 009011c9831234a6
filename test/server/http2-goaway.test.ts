// A client of HTTP/2 that says GOAWAY back while the agent drains, as node's does: its call ends well, with lanes and without.
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serve } from '../support/runtimes/probed.ts';
import { startTestAgent } from '../support/test-agent.ts';

it.each(['auto', 'off'])(
  'a call that outlives all notices of the drain gets its answer (--lanes %s)',
  async (lanes) => {
    const calls: ServerHttp2Stream[] = [];
    const { port } = await serve(createServer().on('stream', (stream) => calls.push(stream)));
    const { agent, url } = await startTestAgent(port, ['--lanes', lanes]);
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
    await new Promise((resolve) => setTimeout(resolve, 600)); // all notices of the drain come in this time
    expect(idle).toBe(false);
    calls[0]?.respond({ ':status': 200, 'content-type': 'application/grpc' }, { endStream: true });
    await eventually('the call is over', () => call.closed);
    expect(failures).toEqual([]);
    expect(call.rstCode).toBe(0);
    await drained;
  },
);
