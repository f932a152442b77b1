// What snippets of the documentation take for granted.

declare const authorizer: import("clearance-embed").Authorizer;
declare function keyOf(credential: string | undefined): { key: string } | undefined;
