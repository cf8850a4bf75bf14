import { runMachine } from '../../../twin/machine';
import { MACHINE_PACKAGES } from './machine-packages';

/** A process that boots a machine and then waits to be killed, for the test of what it leaves. Argument: where machines run. */
const [, , runsDir = ''] = process.argv;
void runMachine({ runsDir, packages: MACHINE_PACKAGES, userData: '#cloud-config\n{}\n' }).then(() => {
  console.log('booted');
  setInterval(() => undefined, 1000);
});
