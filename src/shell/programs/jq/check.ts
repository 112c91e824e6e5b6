// Looks before a filter runs whether every name in it means something, as jq does when it compiles.

import { isNative, NOT_SIMULATED } from './library.ts';
import { SyntaxMistake } from './lexer.ts';
import type { Scope } from './evaluate.ts';
import type { Filter, Pattern } from './syntax.ts';

interface Names {
  readonly variables: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

/** Throws a {@link SyntaxMistake} for the first name that is not defined. */
export function checkNames(filter: Filter, scope: Scope): void {
  const variables = new Set<string>();
  const functions = new Set<string>();
  for (let v = scope.variables; v; v = v.next) variables.add(v.name);
  for (let f = scope.functions; f; f = f.next) functions.add(f.name);
  visit(filter, { variables, functions });
}

function withVariables(names: Names, added: readonly string[]): Names {
  return { variables: new Set([...names.variables, ...added]), functions: names.functions };
}

function withFunctions(names: Names, added: readonly string[]): Names {
  return { variables: names.variables, functions: new Set([...names.functions, ...added]) };
}

function bound(pattern: Pattern): string[] {
  switch (pattern.kind) {
    case 'variable':
      return [pattern.name];
    case 'array':
      return pattern.items.flatMap(bound);
    case 'object':
      return pattern.entries.flatMap((entry) => [
        ...(entry.variable === undefined ? [] : [entry.variable]),
        ...(entry.value ? bound(entry.value) : []),
      ]);
  }
}

function visit(filter: Filter, names: Names): void {
  const all = (...filters: readonly (Filter | undefined)[]) => {
    for (const one of filters) if (one) visit(one, names);
  };
  switch (filter.kind) {
    case 'identity':
    case 'recurse':
    case 'literal':
    case 'format':
      return;
    case 'index':
      all(filter.of, filter.by);
      return;
    case 'slice':
      all(filter.of, filter.from, filter.to);
      return;
    case 'iterate':
      all(filter.of);
      return;
    case 'pipe':
    case 'comma':
    case 'alternative':
    case 'binary':
    case 'logical':
      all(filter.left, filter.right);
      return;
    case 'negate':
      all(filter.operand);
      return;
    case 'string':
      for (const part of filter.parts) if (typeof part !== 'string') visit(part, names);
      return;
    case 'update':
      all(filter.target, filter.value);
      return;
    case 'array':
      all(filter.items);
      return;
    case 'object':
      for (const { key, value } of filter.entries) all(key, value);
      return;
    case 'if':
      for (const { test, then } of filter.branches) all(test, then);
      all(filter.otherwise);
      return;
    case 'try':
      all(filter.body, filter.handler);
      return;
    case 'bind':
      all(filter.source);
      visit(filter.body, withVariables(names, bound(filter.pattern)));
      return;
    case 'reduce':
    case 'foreach': {
      all(filter.source, filter.start);
      const inner = withVariables(names, bound(filter.pattern));
      visit(filter.update, inner);
      if (filter.kind === 'foreach' && filter.extract) visit(filter.extract, inner);
      return;
    }
    case 'variable':
      if (!names.variables.has(filter.name)) throw new SyntaxMistake(`$${filter.name} is not defined`);
      return;
    case 'label':
      visit(filter.body, withVariables(names, [`*label ${filter.name}`]));
      return;
    case 'break':
      if (!names.variables.has(`*label ${filter.name}`))
        throw new SyntaxMistake(`$*label-${filter.name} is not defined`);
      return;
    case 'define': {
      const { definition, rest } = filter;
      const self = `${definition.name}/${definition.parameters.length}`;
      const parameters = definition.parameters.map((parameter) => parameter.replace(/^\$/, ''));
      const inner = withFunctions(names, [self, ...parameters.map((parameter) => `${parameter}/0`)]);
      visit(
        definition.body,
        withVariables(
          inner,
          definition.parameters.filter((p) => p.startsWith('$')).map((p) => p.slice(1)),
        ),
      );
      visit(rest, withFunctions(names, [self]));
      return;
    }
    case 'call': {
      const name = `${filter.name}/${filter.args.length}`;
      if (!names.functions.has(name) && !isNative(name))
        throw new SyntaxMistake(`${name} is not ${NOT_SIMULATED.has(name) ? 'simulated here' : 'defined'}`);
      all(...filter.args);
    }
  }
}
