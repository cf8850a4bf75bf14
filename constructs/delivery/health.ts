/**
 * Health of kinds that Argo CD cannot judge by itself, as Lua that its controller runs. A sync wave waits for `Healthy`, so without
 * these scripts the waves between Applications would not wait at all, or a stopped queue would block all that follow.
 */

/** Reads condition `Active` of a Kueue queue into `active`, `reason` and `text`. */
const ACTIVE = `local active, reason, text
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    if condition.type == "Active" then
      active, reason, text = condition.status, condition.reason, condition.message
    end
  end
end
`;

const result = (status: string, message: string): string =>
  `return { status = "${status}", message = ${message} }`;

/**
 * An Application is healthy only when it is also in sync: one whose manifests were refused still reports healthy objects, and the
 * next wave would go on without them.
 */
const APPLICATION = `if obj.status == nil or obj.status.health == nil or obj.status.health.status == nil then
  ${result('Progressing', '"not compared yet"')}
end
if obj.status.health.status == "Healthy" and (obj.status.sync == nil or obj.status.sync.status ~= "Synced") then
  ${result('Progressing', '"healthy, but not in sync"')}
end
return { status = obj.status.health.status, message = obj.status.health.message or "" }
`;

/** Stopped on purpose (`stopPolicy`, a reservation before its time) is a healthy state. */
const CLUSTER_QUEUE = `${ACTIVE}if active == "True" then
  ${result('Healthy', 'text or ""')}
end
if active == "False" and reason == "Stopped" then
  ${result('Healthy', '"stopped on purpose"')}
end
if active == "False" and reason == "Terminating" then
  ${result('Progressing', '"is being removed"')}
end
if active == "False" then
  ${result('Degraded', 'text or reason or "inactive"')}
end
${result('Progressing', '"Kueue has not looked at it yet"')}
`;

/** Follows its ClusterQueue, which is judged by itself. */
const LOCAL_QUEUE = `${ACTIVE}if active == "True" then
  ${result('Healthy', 'text or ""')}
end
if active == "False" and (reason == "Stopped" or reason == "ClusterQueueIsInactive") then
  ${result('Healthy', '"inactive with its ClusterQueue or on purpose"')}
end
if active == "False" then
  ${result('Degraded', 'text or reason or "inactive"')}
end
${result('Progressing', '"Kueue has not looked at it yet"')}
`;

/** `ignored`: a second ClusterPolicy, of which the operator obeys none but the first. */
const CLUSTER_POLICY = `local state
if obj.status ~= nil then
  state = obj.status.state
end
if state == "ready" then
  ${result('Healthy', '"driver, plugin and exporters run on every GPU machine"')}
end
if state == "ignored" then
  ${result('Degraded', '"another ClusterPolicy is in force"')}
end
if state == "disabled" then
  ${result('Suspended', '"disabled"')}
end
${result('Progressing', 'state or "the operator has not looked at it yet"')}
`;

/** Lua by `group/Kind`; the stack writes them to `argocd-cm`. */
export const HEALTH_SCRIPTS: Readonly<Record<string, string>> = {
  'argoproj.io/Application': APPLICATION,
  'kueue.x-k8s.io/ClusterQueue': CLUSTER_QUEUE,
  'kueue.x-k8s.io/LocalQueue': LOCAL_QUEUE,
  'nvidia.com/ClusterPolicy': CLUSTER_POLICY,
};
