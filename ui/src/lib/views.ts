// What the shell shows. The types are generated from the shell's own.
export type * from "./generated/views";
