# Written by opc: change the operator's description instead. The build context is the folder of this file.
FROM scratch

# Equal to bundle/metadata/annotations.yaml, as OLM demands.
LABEL operators.operatorframework.io.bundle.channel.default.v1=stable \
      operators.operatorframework.io.bundle.channels.v1=stable \
      operators.operatorframework.io.bundle.manifests.v1=manifests/ \
      operators.operatorframework.io.bundle.mediatype.v1=registry+v1 \
      operators.operatorframework.io.bundle.metadata.v1=metadata/ \
      operators.operatorframework.io.bundle.package.v1=ledger-operator \
      operators.operatorframework.io.test.config.v1=tests/scorecard/ \
      operators.operatorframework.io.test.mediatype.v1=scorecard+v1

COPY bundle/manifests /manifests/
COPY bundle/metadata /metadata/
COPY bundle/tests/scorecard /tests/scorecard/
