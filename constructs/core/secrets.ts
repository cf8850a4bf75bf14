/** How the value of one key of a Secret comes to be. */
export type SecretSource =
  /** Random bytes, made once per stack and kept; `bytes` of entropy. */
  | { readonly kind: 'random'; readonly bytes: number; readonly encoding: 'hex' | 'base64url' }
  /** Given by the operator as an encrypted Pulumi setting, for example the IAM client secret. */
  | { readonly kind: 'static'; readonly setting: string }
  /** The value of a key of another Secret of the catalogue. */
  | { readonly kind: 'copy'; readonly of: SecretKeyRef }
  /** Text with `${ref}` placeholders, each naming an entry of `refs`. */
  | {
      readonly kind: 'template';
      readonly text: string;
      readonly refs: Readonly<Record<string, SecretKeyRef>>;
    };

/** One key of a Secret object. */
export interface SecretKeyRef {
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

/** A Secret that a component needs. `charts-out/` holds its name only; the value is delivered apart. */
export interface SecretSpec {
  readonly namespace: string;
  readonly name: string;
  /** What it is for, one line for the operator. */
  readonly purpose: string;
  readonly keys: Readonly<Record<string, SecretSource>>;
  /** Workloads that read it, as `namespace/name`. */
  readonly consumers: readonly string[];
  /** Days after which it should be rotated, and how. */
  readonly rotation: { readonly days: number; readonly how: string };
  /** Secret type; Opaque unless a kind is expected (`kubernetes.io/tls`, ...). */
  readonly type?: string;
}
