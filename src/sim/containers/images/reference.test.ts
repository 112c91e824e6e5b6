import { describe, expect, it } from 'vitest';
import { DaemonError } from './errors.ts';
import {
  familiarName,
  familiarString,
  fullString,
  normalizeReference,
  parseAnyReference,
  parseReference,
  withDefaultTag,
  withTag,
} from './reference.ts';

const F64 = 'f'.repeat(64);
const A1 = '1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a';

describe('parseReference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27', 'nginx:1.27'],
    ['library/nginx', 'docker.io/library/nginx:latest', 'nginx:latest'],
    ['index.docker.io/library/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
    ['harbour/payments:1.5', 'docker.io/harbour/payments:1.5', 'harbour/payments:1.5'],
    ['localhost/debian', 'localhost/debian:latest', 'localhost/debian:latest'],
    ['localhost:5000/debian:12', 'localhost:5000/debian:12', 'localhost:5000/debian:12'],
    ['192.168.0.1', 'docker.io/library/192.168.0.1:latest', '192.168.0.1:latest'],
    ['192.168.0.1:80', 'docker.io/library/192.168.0.1:80', '192.168.0.1:80'],
    ['192.168.0.2:25000/debian', '192.168.0.2:25000/debian:latest', '192.168.0.2:25000/debian:latest'],
    ['LOCALDOMAIN/debian', 'LOCALDOMAIN/debian:latest', 'LOCALDOMAIN/debian:latest'],
    ['[fc00::1]:5000/docker', '[fc00::1]:5000/docker:latest', '[fc00::1]:5000/docker:latest'],
    [`docker.io/${A1}`, `docker.io/library/${A1}:latest`, `${A1}:latest`],
    ['docker---rules/dock__er', 'docker.io/docker---rules/dock__er:latest', 'docker---rules/dock__er:latest'],
    ['foo/foo_bar.com:8080', 'docker.io/foo/foo_bar.com:8080', 'foo/foo_bar.com:8080'],
    [`a@sha256:${F64}`, `docker.io/library/a@sha256:${F64}`, `a@sha256:${F64}`],
    [`r.example/a:1@sha256:${F64}`, `r.example/a:1@sha256:${F64}`, `r.example/a:1@sha256:${F64}`],
    ['lowercase:Uppercase', 'docker.io/library/lowercase:Uppercase', 'lowercase:Uppercase'],
  ])('%s', (text, full, familiar) => {
    const reference = withDefaultTag(parseReference(text));
    expect(fullString(reference)).toBe(full);
    expect(familiarString(reference)).toBe(familiar);
    expect(normalizeReference(text)).toBe(full);
  });

  it.each([
    ['', 'invalid reference format'],
    [':justtag', 'invalid reference format'],
    [`@sha256:${F64}`, 'invalid reference format'],
    ['Debian', 'invalid reference format: repository name (library/Debian) must be lowercase'],
    ['docker/Docker', 'invalid reference format: repository name (docker/Docker) must be lowercase'],
    ['test:5000/Upper/lower:tag', 'invalid reference format: repository name (Upper/lower) must be lowercase'],
    ['https://github.com/docker/docker', 'invalid reference format'],
    ['-docker', 'invalid reference format'],
    ['docker-/docker', 'invalid reference format'],
    ['docker///docker', 'invalid reference format'],
    ['dock..er/docker', 'invalid reference format'],
    ['docker/', 'invalid reference format'],
    ['aa/asdf$$^/aa', 'invalid reference format'],
    ['nginx:', 'invalid reference format'],
    ['[fc00::1]', 'invalid reference format'],
    ['fc00::1:5000/debian', 'invalid reference format'],
    ['[fe80::1%eth0]:5000/debian', 'invalid reference format'],
    [A1, `invalid repository name (${A1}), cannot specify 64-byte hexadecimal strings`],
    [`repo@sha256:${'f'.repeat(34)}`, 'invalid checksum digest length'],
    [`repo@invaliddigest:${F64}`, 'unsupported digest algorithm'],
    [`domain.x/${'a'.repeat(256)}:tag`, 'repository name must not be more than 255 characters'],
  ])('%s is refused', (text, message) => {
    expect(() => parseReference(text)).toThrow(new DaemonError(400, message));
    expect(normalizeReference(text)).toBeUndefined();
  });

  it('takes an image id for what it is', () => {
    expect(parseAnyReference(A1)).toEqual({ id: `sha256:${A1}` });
    expect(parseAnyReference(`sha256:${A1}`)).toEqual({ id: `sha256:${A1}` });
  });

  it('names a repository and refuses a bad tag', () => {
    expect(familiarName(parseReference('harbour/search'))).toBe('harbour/search');
    expect(() => withTag(parseReference('a'), '-x')).toThrow('invalid tag format');
  });
});
