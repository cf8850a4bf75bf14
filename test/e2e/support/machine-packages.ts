/**
 * Packages of the root file system that tests boot: those the user data of any machine installs, so that the real apt-get
 * finds them installed and needs no network. One list for all tests, because each list is a root file system of its own.
 */
export const MACHINE_PACKAGES = ['chrony', 'curl', 'nfs-common', 'nftables', 'unattended-upgrades'];
