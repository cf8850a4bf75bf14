import { startOpenStack } from '../../../twin/openstack';
import { HOSTS } from './hosts';

/** A manager of its own process, for tests that kill it. Arguments: state folder, cache folder. */
const [, , stateDir = '', cacheDir = ''] = process.argv;
void startOpenStack({
  stateDir,
  cacheDir,
  hosts: HOSTS,
  services: [],
  onProgress: ({ message }) => {
    console.log(message);
  },
});
