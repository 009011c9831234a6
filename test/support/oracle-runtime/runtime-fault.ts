// A failure that the oracle answers with: status and text as its runtime would say them.

export class RuntimeFault extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}
