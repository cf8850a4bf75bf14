import { type Command, EXIT, only } from '../command';
import { project } from '../rendering';

/** `aiinfn sbom`: the bill of materials on standard output. */
export const sbom: Command = {
  name: 'sbom',
  summary: 'Print the CycloneDX bill of materials of a site (the committed copy is sbom/SITE.cdx.json).',
  usage: 'SITE',
  options: {},
  examples: ['npx aiinfn sbom cnaf > cnaf.cdx.json'],
  run: (args, io, checkout) => {
    io.out(project(checkout.site(only(args)), checkout.lock(), io).bom.trimEnd());
    return EXIT.ok;
  },
};
