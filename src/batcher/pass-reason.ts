// Why an inference request is not merged with others: it goes on alone, as it came; the words are metric labels and README rows.

/** Each with its sentence for the README. */
const passReasons = {
  grpc: 'gRPC calls are passed on as they are',
  expect_continue: "The client waits for 100 (Continue): its body is the runtime's to ask for",
  trailers: 'Trailer fields came behind the body',
  body_too_large: 'A body above `--batcher-max-body-bytes`',
  slow_upload: 'A body that takes longer than 2 seconds to come',
  encoding: 'A Content-Encoding other than gzip, deflate and identity, or one that cannot be decoded',
  cloud_event: '`ce-*` headers: the runtime reads the request as a CloudEvent and answers with one',
  body_signed: 'A digest or a signature of this very body among the headers',
  header_length: '`Inference-Header-Content-Length` that is no length inside the body',
  raw_binary: '`Inference-Header-Content-Length: 0`: the whole body is one tensor',
  malformed: 'No valid JSON of the protocol, or nested deeper than 100: the runtime says what is wrong with it',
  unknown_key: 'A key that V2 does not know',
  duplicate_key: 'A key, an input or an output named twice: runtimes differ in which one counts',
  columnar: 'V1 `inputs` (column format) has no rows to merge',
  shape: 'A tensor without rows: no first dimension, or 0 of them',
  unequal_rows: 'Inputs of one request with different numbers of rows',
  data_size: 'Data whose length is not what shape and datatype say',
  datatype: 'A datatype that the protocol does not know, or FP16 and BF16 as JSON',
  shared_memory: 'Tensors in shared memory',
  sequence: '`sequence_id`, `sequence_start` or `sequence_end`: the order of such requests matters',
  runtime_parameter: 'A parameter named `triton_*`: reserved by the runtime',
  too_many_rows: 'More rows than a batch may have',
  model_unread: 'The model is being loaded, or what the runtime says about it is still being read or could not be read',
  model_unbatchable:
    'The runtime says that the model does not batch, or does not say that it does (`--batcher-models`)',
  quarantined: 'Answers to batches of its kind could not be split, or failed though each request alone did not',
} as const;

export type PassReason = keyof typeof passReasons;

/** The table of the README. */
export function renderPassTable(): string {
  const rows = Object.entries(passReasons).map(([reason, sentence]) => `| \`${reason}\` | ${sentence} |`);
  return ['| reason | when |', '|---|---|', ...rows, ''].join('\n');
}
