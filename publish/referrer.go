package publish

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// refer writes a document about a manifest as an artifact that refers to it
// (https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage).
func (b *builder) refer(subject v1.Descriptor, kind, repository string, mediaType types.MediaType, document any) error {
	layer, err := b.store.json(mediaType, document)
	if err != nil {
		return err
	}
	config, err := b.store.blob(emptyJSON, []byte("{}"))
	if err != nil {
		return err
	}
	d, err := b.store.json(types.OCIManifestSchema1, v1.Manifest{
		SchemaVersion: 2, MediaType: types.OCIManifestSchema1, ArtifactType: string(mediaType),
		Config: config, Layers: []v1.Descriptor{layer},
		Subject:     &v1.Descriptor{MediaType: subject.MediaType, Digest: subject.Digest, Size: subject.Size},
		Annotations: map[string]string{"org.opencontainers.image.created": b.stamp.Created},
	})
	if err != nil {
		return err
	}
	d.ArtifactType = string(mediaType)
	b.top(d, kind, repository)
	return nil
}
