package diff

import "testing"

// rich is a description that says something of everything.
const rich = `
name: demo
version: 1.2.0
displayName: Demo
summary: Runs demos.
description: Runs demos well.
icon: {data: PHN2Zy8+, mediaType: image/svg+xml}
license: Apache-2.0
source: https://example.com/source
homepage: https://example.com
provider: {name: Example, url: https://example.com}
maintainers: [{name: Jo, email: jo@example.com, url: https://example.com/jo}]
links: [{name: Documents, url: https://example.com/docs}]
keywords: [demo, sample]
categories: [Database]
capabilities: Basic Install
maturity: alpha
kubernetes: ">=1.28"
namespace: {name: demo-system, labels: {pod-security.kubernetes.io/enforce: baseline, app.kubernetes.io/name: demo}, annotations: {scheduler.example.com/pool: blue}}
labels: {team: a}
image: {repository: ghcr.io/example/demo, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000", platforms: [linux/amd64, linux/arm64]}
related: {db: "example.com/db:16", proxy: {image: "example.com/proxy:2", env: ""}}
crds:
- apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: widgets.example.com, labels: {a: b}, annotations: {c: d}}
  spec:
    group: example.com
    names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList, shortNames: [wd], categories: [all]}
    scope: Namespaced
    conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: x, namespace: y, path: /convert}}}}
    versions:
    - name: v1
      served: true
      storage: true
      deprecated: true
      deprecationWarning: use v2
      subresources: {status: {}, scale: {specReplicasPath: .spec.size, statusReplicasPath: .status.size}}
      additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
      selectableFields: [{jsonPath: .spec.color}]
      schema:
        openAPIV3Schema:
          type: object
          description: A widget.
          properties:
            spec:
              type: object
              required: [size]
              properties:
                size: {type: integer, format: int32, default: 1, minimum: 1, maximum: 9, exclusiveMinimum: true, multipleOf: 1, description: How many.}
                color: {type: string, enum: [red, green], pattern: "^[a-z]+$", nullable: true, minLength: 1, maxLength: 9}
                tags: {type: array, items: {type: string}, x-kubernetes-list-type: set, minItems: 1, maxItems: 9, uniqueItems: false}
                parts: {type: array, items: {type: object, required: [name], properties: {name: {type: string}}}, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name]}
                labels: {type: object, additionalProperties: {type: string}, x-kubernetes-map-type: atomic, minProperties: 1, maxProperties: 9}
                limit: {x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}], allOf: [{maxLength: 9}], oneOf: [{minLength: 1}], not: {enum: [13]}}
                extra: {type: object, x-kubernetes-preserve-unknown-fields: true, x-kubernetes-embedded-resource: true}
                odd: {type: integer, x-kubernetes-validations: [{rule: "self % 2 == 1", message: odd}]}
- apiVersion: apiextensions.k8s.io/v1
  kind: CustomResourceDefinition
  metadata: {name: gadgets.example.com}
  spec:
    group: example.com
    names: {kind: Gadget, plural: gadgets}
    scope: Cluster
    versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
    - {name: v1beta1, served: true, storage: false, schema: {openAPIV3Schema: {type: object}}}
apis:
  widgets.example.com:
    displayName: Widget
    description: A widget.
    examples: [{apiVersion: example.com/v1, kind: Widget, metadata: {name: sample}, spec: {size: 1}}]
    resources: [{kind: Pod, version: v1}]
    specDescriptors: [{path: size, displayName: Size}]
    statusDescriptors: [{path: size, displayName: Size}]
    actionDescriptors: [{path: size, displayName: Size}]
requires:
  apis: [{name: certificates.cert-manager.io, version: v1, kind: Certificate, displayName: Certificate}]
  native: [{group: apps, version: v1, kind: Deployment}]
  dependencies: [{type: olm.package, value: {packageName: other, version: ">=1.0.0"}}, {type: olm.constraint, value: {failureMessage: no, all: {constraints: []}}}]
permissions:
- rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}, {nonResourceURLs: [/healthz], verbs: [get]}]
- scope: namespace
  rules: [{apiGroups: [""], resources: [endpoints], resourceNames: [demo], verbs: [update]}]
- scope: watched
  rules: [{apiGroups: [apps], resources: [deployments], verbs: [create]}]
serviceAccounts: {gateway: null, runner: {labels: {a: b}, annotations: {c: d}}}
manager:
  replicas: 2
  command: [/manager]
  args: [--workers=2, --name, demo, plain]
  env: {WORKERS: "2", NODE: {fieldRef: {fieldPath: spec.nodeName}}}
  ports: {api: 8000}
  probes: {startup: {httpGet: {path: /start, port: 8081}}}
  metrics: {certificates: cert-manager, serviceMonitor: true}
  podDisruptionBudget: {minAvailable: 1}
  networkPolicy: true
  deployment: {spec: {strategy: {type: Recreate}, revisionHistoryLimit: 3}}
  pod:
    hostNetwork: true
    priorityClassName: high
    dnsPolicy: Default
    nodeSelector: {disk: ssd}
    tolerations: [{key: a, operator: Exists}]
    imagePullSecrets: [{name: pull}]
    volumes: [{name: config, configMap: {name: demo}}]
    initContainers: [{name: init, image: "example.com/init:1", args: [--once]}]
    containers: [{name: side, image: "example.com/side:1@sha256:0000000000000000000000000000000000000000000000000000000000000000", env: [{name: A, value: b}]}]
  podLabels: {tier: back}
  podAnnotations: {z: w}
  container:
    imagePullPolicy: Always
    volumeMounts: [{name: config, mountPath: /config, readOnly: true}]
    envFrom: [{configMapRef: {name: demo}}]
    securityContext: {capabilities: {add: [NET_BIND_SERVICE]}}
workloads: {gateway: {image: "example.com/gateway:1", serviceAccount: gateway}}
webhooks:
  conversion: [widgets.example.com]
  hooks:
  - {type: validating, name: v.example.com, path: /validate, failurePolicy: Ignore, matchPolicy: Exact, timeoutSeconds: 5, sideEffects: None, rules: [{apiGroups: [example.com], apiVersions: [v1], resources: [widgets], operations: [CREATE], scope: Namespaced}], objectSelector: {matchLabels: {a: b}}}
  - {type: mutating, name: m.example.com, path: /mutate, reinvocationPolicy: IfNeeded, rules: [{apiGroups: [example.com], apiVersions: [v1], resources: [widgets], operations: [CREATE]}]}
watch: {modes: [AllNamespaces], env: WATCH_NAMESPACE}
parameters:
  logLevel: {description: How much to say., default: info, enum: [info, debug], arg: --log-level}
  retries: {default: 3, minimum: 1, maximum: 9}
  prefix: {default: a, pattern: "^[a-z]$", env: PREFIX}
  ranges: {default: [], schema: {items: {type: string}}, sets: [{object: Service/api, path: spec.loadBalancerSourceRanges}]}
features:
  tracing: {description: Trace requests., enabled: true, args: [--trace], env: {TRACE: "yes"}, objects: [{apiVersion: v1, kind: ConfigMap, metadata: {name: tracing}, data: {a: b}}], permissions: [{rules: [{apiGroups: [""], resources: [nodes], verbs: [get]}]}]}
  deep: {requires: [tracing], olm: false, args: [--deep]}
overlays:
  lab: {omitNamespace: true}
  dev: {namespace: demo-dev, createNamespace: false, replicas: 1, image: {tag: edge}, parameters: {retries: 5}, features: [deep], resources: {limits: {cpu: "1"}}, labels: {a: b}, annotations: {c: d}, patches: [{patch: "[]", target: {kind: Service}}]}
  team: {watch: [a, b]}
objects:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: settings, labels: {a: b}, annotations: {c: d}}, data: {mode: fast}}
- {apiVersion: v1, kind: Service, metadata: {name: api}, spec: {type: NodePort, selector: {a: b}, ports: [{name: http, port: 80, targetPort: 8000, nodePort: 30080}]}}
- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: viewer, labels: {aggregate: "true"}}, rules: [{apiGroups: [example.com], resources: [widgets], verbs: [get]}]}
- {apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high}, value: 10}
- {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: agent, image: "example.com/agent:1"}]}}}}
- {apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, metadata: {name: other}, webhooks: [{name: o.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {service: {name: api, namespace: system, path: /o, port: 443}}, rules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}]}]}
- {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: others}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:auth-delegator"}, subjects: [{kind: User, name: jo}, {kind: ServiceAccount, name: s, namespace: elsewhere}]}
release: {channels: [stable, fast], defaultChannel: stable, replaces: 1.1.0, skips: [1.1.5], skipRange: ">=1.0.0 <1.2.0", edges: {fast: {replaces: 1.0.0, skips: [1.0.5], skipRange: ">=1.0.0 <1.1.0"}}, date: "2026-01-02", deprecations: [{channel: old, message: Use stable.}, {message: Use another.}]}
dockerfile: {package: ./cmd, goVersion: "1.26", base: scratch, user: "65532:65532", tags: [netgo], labels: {a: b}, files: [LICENSE], ldflags: -s, licenses: LICENSE, profile: redhat, cgo: true}
helm: {crds: crds, annotations: {a: b}, chart: {type: application}, values: {team: {name: a}, list: [1]}}
kustomize: {labels: {a: b}, annotations: {c: d}, kustomization: {buildMetadata: [originAnnotations]}}
olm:
  package: demo-package
  csvName: demo-package.v1.2.0
  annotations: {support: Example}
  labels: {operatorframework.io/arch.amd64: supported}
  csv: {spec: {cleanup: {enabled: true}}}
  bundleAnnotations: {com.redhat.openshift.versions: v4.14, other: null}
  relatedImages: [{name: db, image: "example.com/db:16"}]
  properties: [{type: olm.maxOpenShiftVersion, value: "4.18"}]
  scorecard: {stages: []}
  bundleImage: example.com/bundle:1
  manifests: [{apiVersion: v1, kind: ConfigMap, metadata: {name: only-olm}, data: {mode: fast}}]
catalog: {image: example.com/catalog:1}
`

func richOperator(t testing.TB) *operator {
	_, m := lowered(t, parseYAML(t, rich))
	return m
}
