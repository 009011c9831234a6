// What is written for whoever asks for help, and how wide it may be.
import { renderHelp, renderHelpOn } from '../config/help-pages.ts';

/** Columns of the terminal; 0: it does not say, or there is none. */
export function helpColumns(): number {
  return process.stdout.columns ?? 0;
}

/** `word`: what help is wanted on; undefined: the short page. @throws ConfigError */
export function help(word: string | undefined): number {
  process.stdout.write(word === undefined ? renderHelp(helpColumns()) : renderHelpOn(word, helpColumns()));
  return 0;
}
