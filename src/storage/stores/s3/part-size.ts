// In parts of which size was an object uploaded? Asks nobody: its size and the number of its parts leave few answers.

const mebibyte = 1024 * 1024;

/**
 * Null: one part, or it cannot be told. A multipart ETag ends in "-<parts>" (S3 User Guide, "Checking object integrity").
 * Uploaders take whole mebibytes: 8 (aws-cli, boto3), 5 (SDKs), 16 (MinIO), 64. A wrong guess costs alignment, nothing else,
 * so a request for each object (HEAD with partNumber=1) would buy too little.
 */
export function guessPartBytes(etag: string, bytes: number): number | null {
  const parts = Number(/-(\d{1,5})"?$/.exec(etag)?.[1] ?? 0);
  if (parts < 2) return null;
  const least = Math.ceil(bytes / parts / mebibyte);
  const most = Math.ceil(bytes / (parts - 1) / mebibyte) - 1;
  if (least === most) return least * mebibyte;
  const power = 2 ** Math.ceil(Math.log2(Math.max(least, 1)));
  return power <= most && power * 2 > most ? power * mebibyte : null;
}
