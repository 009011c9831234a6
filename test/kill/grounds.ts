// What is killed: plain HTTP/1.1, or gRPC over HTTP/2.
import { allCases, describeCase, type KillCase } from './cases.ts';
import { EchoBystander } from './echo.ts';
import { allGrpcCases, describeGrpcCase, type GrpcCase } from './grpc-cases.ts';
import { GrpcBystander, runGrpcRound } from './grpc-round.ts';
import { GrpcKillRuntime } from './grpc-runtime.ts';
import { KillRuntime } from './kill-runtime.ts';
import { runRound } from './round.ts';
import type { Ground } from './run.ts';

export function http1Ground(): Ground<KillCase> {
  const runtime = new KillRuntime();
  return {
    ...{ runtime, cases: allCases, describe: describeCase },
    round: (place, id, kill) => runRound(runtime, place, id, kill),
    bystander: (place) => new EchoBystander(place),
  };
}

export function grpcGround(): Ground<GrpcCase> {
  const runtime = new GrpcKillRuntime();
  return {
    ...{ runtime, cases: allGrpcCases, describe: describeGrpcCase },
    round: (place, id, kill) => runGrpcRound(runtime, place, id, kill),
    bystander: (place) => new GrpcBystander(place),
  };
}
