import { Server, ServerCredentials, status, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js';
import { ResourceProviderService } from '@pulumi/pulumi/proto/provider_grpc_pb';
import * as proto from '@pulumi/pulumi/proto/provider_pb';
import { PluginInfo } from '@pulumi/pulumi/proto/plugin_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';

import { changes, refusals, type Change, type Properties } from './objects';
import { asObject, importedObject, type KubernetesProvider } from './provider';

/** The version that the SDK @pulumi/kubernetes of package.json asks for. */
export const VERSION = '4.34.2';

type Call<Request> = ServerUnaryCall<Request, unknown>;
type Answer<Request, Response> = (request: Request) => Response | Promise<Response>;

const props = (struct: Struct | undefined): Properties => struct?.toJavaScript() ?? {};
const struct = (value: Properties): Struct => Struct.fromJavaScript(value);

/**
 * Pulumi's resource provider protocol over a {@link KubernetesProvider}. Secrets are not accepted in wrapped form: then the
 * engine unwraps them on the way here and marks the same properties secret again on the way back, so none is stored plain.
 * Written on the protocol itself because the SDK's own server hands no configuration on, and prints stack traces.
 */
export function providerService(provider: KubernetesProvider): Record<string, unknown> {
  return {
    getPluginInfo: unary(() => new PluginInfo().setVersion(VERSION)),
    getSchema: unary(() => new proto.GetSchemaResponse().setSchema('{}')),
    attach: unary(() => new Empty()),
    cancel: unary(() => new Empty()),
    checkConfig: unary((r: proto.CheckRequest) => new proto.CheckResponse().setInputs(r.getNews())),
    diffConfig: unary((r: proto.DiffRequest) =>
      diffOf(changes(props(r.getOldInputs()), props(r.getNews())), false),
    ),
    configure: unary((r: proto.ConfigureRequest) => {
      provider.configure(r.getVariablesMap().get('kubernetes:config:kubeconfig'));
      return new proto.ConfigureResponse().setAcceptsecrets(false).setSupportspreview(false);
    }),
    check: unary(check),
    diff: unary((r: proto.DiffRequest) => diffOf(changes(props(r.getOldInputs()), props(r.getNews())), true)),
    create: unary(async (r: proto.CreateRequest) => {
      const made = await provider.apply(props(r.getProperties()));
      return new proto.CreateResponse().setId(made.id).setProperties(struct(made.properties));
    }),
    update: unary(async (r: proto.UpdateRequest) => {
      const made = await provider.apply(props(r.getNews()));
      return new proto.UpdateResponse().setProperties(struct(made.properties));
    }),
    read: unary((r: proto.ReadRequest) => read(provider, r)),
    delete: unary(async (r: proto.DeleteRequest) => {
      await provider.delete(asObject(props(r.getProperties())));
      return new Empty();
    }),
  };
}

function check(request: proto.CheckRequest): proto.CheckResponse {
  const failures = refusals(props(request.getNews())).map(({ property, reason }) =>
    new proto.CheckFailure().setProperty(property).setReason(reason),
  );
  return new proto.CheckResponse().setInputs(request.getNews()).setFailuresList(failures);
}

/** A change of identity replaces the object; what has the old identity goes first, because names are explicit. */
function diffOf(found: readonly Change[], mayReplace: boolean): proto.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse().setChanges(found.length ? DIFF_SOME : DIFF_NONE);
  response.setDiffsList(found.map((change) => change.path));
  const replaces = mayReplace ? found.filter((change) => change.replace).map((change) => change.path) : [];
  return response.setReplacesList(replaces).setDeletebeforereplace(replaces.length > 0);
}

/** An answer without id tells the engine that the object is gone. */
async function read(provider: KubernetesProvider, request: proto.ReadRequest): Promise<proto.ReadResponse> {
  const inputs = request.hasInputs() ? props(request.getInputs()) : undefined;
  const known = inputs?.['kind'] ? asObject(inputs) : undefined;
  const ref = known ?? importedObject(request.getType() || typeOf(request.getUrn()), request.getId());
  const found = await provider.read(request.getId(), ref, known && inputs);
  if (!found) return new proto.ReadResponse();
  return new proto.ReadResponse()
    .setId(found.id)
    .setProperties(struct(found.properties))
    .setInputs(struct(found.properties));
}

/** Type token of a URN: `urn:pulumi:stack::project::parent$type::name`. */
const typeOf = (urn: string): string => (urn.split('::')[2] ?? '').split('$').at(-1) ?? '';

/** One answer or one plain message; the user sees what the API server said and no stack trace. */
function unary<Request, Response>(answer: Answer<Request, Response>) {
  return (call: Call<Request>, callback: sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => answer(call.request))
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({ code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
        },
      );
  };
}

/** Serves on a free port of the loopback interface; the engine reads the port from standard output. */
export async function serve(
  provider: KubernetesProvider,
): Promise<{ readonly port: number; readonly server: Server }> {
  const server = new Server({ 'grpc.max_receive_message_length': 400 * 2 ** 20 });
  server.addService(ResourceProviderService, providerService(provider) as never);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { port, server };
}
