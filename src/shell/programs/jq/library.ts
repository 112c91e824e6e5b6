// The part of jq's library that is written in jq, and the names that exist in jq and not here.

import { closureFunctions } from './closures.ts';
import { valueFunctions } from './functions.ts';
import { parseDefinitions } from './parse.ts';
import { define } from './evaluate.ts';
import type { Scope } from './evaluate.ts';

const SOURCE = `
def map(f): [.[] | f];
def map_values(f): .[] |= f;
def recurse: recurse(.[]?);
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type | . == "array" or . == "object");
def scalars: select(type | . != "array" and . != "object");
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def with_entries(f): to_entries | map(f) | from_entries;
def del(f): delpaths([path(f)]);
def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def pick(f): . as $top | reduce path(f) as $p (null; setpath($p; $top | getpath($p)));
def in(f): . as $x | f | has($x);
def inside(f): . as $x | f | contains($x);
def IN(f): any(f == .; .);
def IN(source; f): any(source == f; .);
def INDEX(source; f): reduce source as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def inputs: def r: (try [input] catch if . == "No more inputs" then null else error end) | if . then .[0], r else empty end; r;
def walk(f): def w: if type == "object" then map_values(w) elif type == "array" then map(w) else . end | f; w;
def transpose: if . == [] then [] else . as $in | (map(length) | max) as $max | [range(0; $max) as $j | [range(0; $in | length) as $i | $in[$i][$j]]] end;
def combinations: if length == 0 then [] else .[0][] as $x | (.[1:] | combinations) as $w | [$x] + $w end;
def combinations(n): . as $dot | [range(n)] | map($dot) | combinations;
def halt: error({"*halt": 0});
def halt_error: error({"*halt": 5, message: .});
def halt_error($code): error({"*halt": $code, message: .});
def todate(f): strftime(f);
def tostream: path(def r: (.[]?|r), .; r) as $p | getpath($p) | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
`;

/** In jq, and refused here by name. */
export const NOT_SIMULATED: ReadonlySet<string> = new Set(
  (
    'strptime/1 mktime/0 gmtime/0 localtime/0 strflocaltime/1 dateadd/2 datesub/2 date/0 fromstream/1 truncate_stream/1 limit_stream/1 ' +
    'modulemeta/0 get_search_list/0 builtins/0 SQL/0 significand/0 gamma/0 lgamma/0 tgamma/0 frexp/0 ldexp/2 scalb/2 nearbyint/0 cbrt/0 ' +
    'sin/0 cos/0 tan/0 asin/0 acos/0 atan/0 atan2/2 bsearch/1 have_decnum/0 have_literal_numbers/0'
  ).split(' '),
);

let scope: Scope | undefined;

/** The names every filter sees. */
export function library(): Scope {
  if (!scope) {
    let made: Scope = { variables: undefined, functions: undefined };
    for (const definition of parseDefinitions(SOURCE)) made = define(definition, made);
    scope = made;
  }
  return scope;
}

export function isNative(name: string): boolean {
  return Object.hasOwn(closureFunctions, name) || Object.hasOwn(valueFunctions, name);
}
