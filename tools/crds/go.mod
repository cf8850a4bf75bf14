module tools/crds

go 1.26.0

require (
	github.com/argoproj/argo-cd/v3 v3.6.1
	github.com/cert-manager/cert-manager v1.21.1
	github.com/k3s-io/helm-controller v0.17.1
	github.com/prometheus-operator/prometheus-operator v0.93.1
	sigs.k8s.io/gateway-api v1.5.1
	sigs.k8s.io/kueue v0.19.2
)
