// Which lanes does an agent of the tests have, whose test chooses none? OUTRIGGER_TEST_LANES says it: `auto` or `off`.

/** A variable for the agent, which gives way to every flag. */
export function chosenLanes(): Record<string, string> {
  const setting = process.env.OUTRIGGER_TEST_LANES;
  return setting === undefined ? {} : { OUTRIGGER_LANES: setting };
}
