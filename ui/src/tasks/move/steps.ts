// How many steps the task has.
export const STEPS = 4;
