/** The way in for scientists: JupyterHub, its proxy and the sessions it makes. */
export { Hub, type HubProps } from './hub';
export { hubConfig, HUB_URL, type HubConfig } from './config';
export { guarantee, profiles, KIND_LABEL, type Profile } from './profiles';
export { SESSION_LABELS, SESSION_PORT, type SessionVolume } from './session';
export type { HubTokens } from './secrets';
