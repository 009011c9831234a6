// A tcpSocket probe: ready when the runtime's port accepts a connection.
import { connect } from 'node:net';
import type { ReadinessCheck } from '../config/slices.ts';
import type { Probe, ProbeResult } from './attempt.ts';
import { describeFailure } from './failure.ts';

type TcpSocketCheck = Extract<ReadinessCheck, { kind: 'tcpSocket' }>;

export function tcpSocketProbe({ host, port }: TcpSocketCheck): Probe {
  return ({ signal }) =>
    new Promise((resolve) => {
      let result: ProbeResult = 'connection closed before it was open';
      const socket = connect({ host, port });
      const abort = () => socket.destroy();
      signal.addEventListener('abort', abort, { once: true });
      socket.once('connect', () => {
        result = null;
        socket.destroy(); // nothing was read or written, so the runtime sees a plain FIN
      });
      socket.once('error', (error) => {
        result = describeFailure(error);
      });
      socket.once('close', () => {
        signal.removeEventListener('abort', abort);
        resolve(result);
      });
    });
}
