import { everyContainer, type Rule } from '../../rule';

/** SELinux types stay confined. */
export const rule: Rule = {
  id: 'pod/selinux',
  title: 'SELinux types stay confined',
  why: 'A chosen user or role may leave the container domain.',
  sources: { pss: ['SELinux'], ksv: ['KSV-0025'] },
  ...everyContainer(
    '!has(c.securityContext) || !has(c.securityContext.seLinuxOptions) || (c.securityContext.seLinuxOptions.?type.orValue("") in ["", "container_t", "container_init_t", "container_kvm_t"] && !has(c.securityContext.seLinuxOptions.user) && !has(c.securityContext.seLinuxOptions.role))',
  ),
  message: 'no SELinux user or role; type container_t, container_init_t, container_kvm_t or none',
  fix: 'remove seLinuxOptions',
  admission: 'deny',
};
