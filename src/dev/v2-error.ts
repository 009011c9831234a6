// What the embedded runtime refuses, with the status that Triton would use: the text goes to the client as {"error": text}.

/** 400 semantic fault, 404 unknown path, model or version, 405 wrong method, 413 too large, 500 the model failed, 501 not supported. */
export type V2Status = 400 | 404 | 405 | 413 | 500 | 501;

export class V2Error extends Error {
  override readonly name = 'V2Error';
  readonly status: V2Status;

  constructor(status: V2Status, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}
