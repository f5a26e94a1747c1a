// How many steps the task has: the end of it is no step any more.
export const STEPS = 2;
