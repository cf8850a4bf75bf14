/** Batch from sessions: vk-dispatcher. */
export { Vkd, type VkdProps } from './vkd';
export { vkdConfig, type JobKind, type VkdConfig } from './config';
