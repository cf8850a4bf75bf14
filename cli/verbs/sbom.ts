import { type Command, EXIT } from '../command';
import { project } from '../rendering';
import { oneSite, readLock } from '../sites';

/** `aiinfn sbom`: the bill of materials on standard output. */
export const sbom: Command = {
  name: 'sbom',
  summary: 'Print the CycloneDX bill of materials of a site (the committed copy is sbom/SITE.cdx.json).',
  usage: 'SITE',
  options: {},
  examples: ['npx aiinfn sbom cnaf > cnaf.cdx.json'],
  run: (args, io) => {
    io.out(project(oneSite(args.positionals, 'sbom'), readLock()).bom.trimEnd());
    return EXIT.ok;
  },
};
