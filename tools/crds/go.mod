module tools/crds

go 1.26.0

require (
	github.com/argoproj/argo-cd/v3 v3.4.4
	github.com/cert-manager/cert-manager v1.21.1
	github.com/cloudnative-pg/cloudnative-pg v1.30.0
	github.com/cloudnative-pg/plugin-barman-cloud v0.13.0
	github.com/k3s-io/helm-controller v0.17.1
	github.com/prometheus-operator/prometheus-operator v0.93.1
	sigs.k8s.io/gateway-api v1.5.1
	sigs.k8s.io/kueue v0.19.2
)
