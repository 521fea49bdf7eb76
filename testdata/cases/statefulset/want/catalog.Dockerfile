# Written by opc: change the operator's description instead. The build context is the folder of this file.
#
# The image holds the catalog and no program, so one image fits every platform. A ClusterCatalog (OLM v1) reads it as it
# is. A CatalogSource (OLM v0) must say that its content is to be extracted and served by OLM's own opm:
#
#   spec:
#     sourceType: grpc
#     image: <this image>
#     grpcPodConfig:
#       securityContextConfig: restricted
#       extractContent:
#         catalogDir: /configs
FROM scratch
LABEL operators.operatorframework.io.index.configs.v1=/configs
COPY catalog /configs
