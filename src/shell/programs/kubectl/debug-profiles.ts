// What the profiles of `kubectl debug` say of a container (kubectl/pkg/cmd/debug/profiles.go, 1.32).

import { type JsonObject, objectAt, withAt } from './object.ts';

const PROFILES = ['legacy', 'general', 'baseline', 'netadmin', 'restricted', 'sysadmin'] as const;

type Profile = (typeof PROFILES)[number];
type Style = 'copy' | 'ephemeral' | 'node';

export function isProfile(name: string): name is Profile {
  return (PROFILES as readonly string[]).includes(name);
}

/** The container with the security context of a profile, as far as one sets it. */
export function applyProfile(profile: string, style: Style, container: JsonObject): JsonObject {
  const capabilities = (...names: readonly string[]) => ({ capabilities: { add: [...names] } });
  const wish: JsonObject | undefined =
    profile === 'general' && style !== 'node'
      ? capabilities('SYS_PTRACE')
      : profile === 'netadmin'
        ? capabilities('NET_ADMIN', 'NET_RAW')
        : profile === 'sysadmin'
          ? { privileged: true }
          : profile === 'restricted'
            ? {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                runAsNonRoot: true,
                seccompProfile: { type: 'RuntimeDefault' },
              }
            : undefined;
  if (!wish) return container;
  return withAt(container, ['securityContext'], { ...objectAt(container, 'securityContext'), ...wish });
}
