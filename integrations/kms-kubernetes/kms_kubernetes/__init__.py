"""A Kubernetes KMS v2 plug-in: kube-apiserver's data encryption keys, under a key of the Key Management Service."""
