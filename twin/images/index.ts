export { buildImages, HOST_PACKAGES, type BuildOptions, type BuiltImage } from './build';
export { imageNames } from './inputs';
