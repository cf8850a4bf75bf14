import { runMachine } from '../../../twin/machine';

/** A process that boots a machine and then waits to be killed, for the test of what it leaves. Argument: where machines run. */
const [, , runsDir = ''] = process.argv;
void runMachine({ runsDir, userData: '#cloud-config\n{}\n' }).then(() => {
  console.log('booted');
  setInterval(() => undefined, 1000);
});
