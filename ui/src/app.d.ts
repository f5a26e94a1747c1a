/** The version of the package that this was built from. */
declare const __VERSION__: string;
