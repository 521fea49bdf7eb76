package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/opc-project/opc/publish/sign"
	"github.com/opc-project/opc/schema/diag"
)

// forge builds a project in which what a target emits is changed as it is packed.
func forge(t *testing.T, dir, target string, change func(name, text string) string) string {
	t.Helper()
	tamper := func(from, name string, data []byte) []byte {
		if from != target {
			return data
		}
		return []byte(change(name, string(data)))
	}
	out := filepath.Join(dir, "dist")
	if _, diags, err := Build(context.Background(), compiled(t, dir), Options{Dir: dir, Out: out, tamper: tamper}); err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return out
}

// replacing changes a text in the files whose names end with a suffix. The text must be there.
func replacing(t *testing.T, suffix, old, text string) func(name, text string) string {
	done := false
	t.Cleanup(func() {
		if !done {
			t.Errorf("%q was not found in %s", old, suffix)
		}
	})
	return func(name, was string) string {
		if !strings.HasSuffix(name, suffix) || !strings.Contains(was, old) {
			return was
		}
		done = true
		return strings.ReplaceAll(was, old, text)
	}
}

// rewrite changes the documents of a kind in a layout: whoever can write to a registry can do as much.
func rewrite(t *testing.T, dist, kind string, change func(map[string]any)) {
	t.Helper()
	at := filepath.Join(dist, "oci")
	read := func(h v1.Hash, into any) {
		data, err := os.ReadFile(filepath.Join(at, "blobs/sha256", h.Hex))
		if err == nil {
			err = json.Unmarshal(data, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	index, err := readIndex(at)
	if err != nil {
		t.Fatal(err)
	}
	s := &store{path: at}
	count := 0
	for _, d := range index.Manifests {
		if d.Annotations[kindKey] == kind {
			var m v1.Manifest
			var document map[string]any
			read(d.Digest, &m)
			read(m.Layers[0].Digest, &document)
			change(document)
			layer, err := s.json(m.Layers[0].MediaType, document)
			if err != nil {
				t.Fatal(err)
			}
			m.Layers[0] = layer
			made, err := s.json(m.MediaType, m)
			if err != nil {
				t.Fatal(err)
			}
			d.Digest, d.Size = made.Digest, made.Size
			count++
		}
		s.tops = append(s.tops, d)
	}
	if count == 0 {
		t.Fatalf("there is no %s", kind)
	}
	if err := s.finish(); err != nil {
		t.Fatal(err)
	}
}

// without takes the documents of a kind out of a layout.
func without(t *testing.T, dist, kind string) {
	t.Helper()
	index, err := readIndex(filepath.Join(dist, "oci"))
	if err != nil {
		t.Fatal(err)
	}
	s := &store{path: filepath.Join(dist, "oci")}
	for _, d := range index.Manifests {
		if d.Annotations[kindKey] != kind {
			s.tops = append(s.tops, d)
		}
	}
	if err := s.finish(); err != nil {
		t.Fatal(err)
	}
}

func verified(t *testing.T, in Verification) ([]Verified, diag.List) {
	t.Helper()
	done, diags, err := VerifyRelease(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	return done, diags
}

// TestVerifyRelease begins with each artifact, in a registry, below a prefix in another, and in a layout.
func TestVerifyRelease(t *testing.T) {
	dir := project(t, nil)
	mustBuild(t, dir)
	dist := filepath.Join(dir, "dist")
	key, _ := newKey(t)
	to := server(t, registry.WithReferrersSupport(true)) + "/a/b"
	bare := server(t) + "/team"
	carry := filepath.Join(t.TempDir(), "carry")
	var refs []string
	for _, place := range []string{to, bare, "oci:" + carry} {
		for _, p := range mustPublish(t, Delivery{From: dist, To: place, Key: key}) {
			if place == "oci:"+carry {
				refs = append(refs, place+":"+p.Repository)
			} else {
				refs = append(refs, p.Repository+":"+p.Tags[0], p.Repository+"@"+p.Digest)
			}
		}
	}
	refs = append(refs, to+"/ring-operator", to+"/ring-operator-catalog:fast", "oci:"+carry)
	for _, ref := range refs {
		done, diags := verified(t, Verification{Ref: ref, Key: key.Public()})
		if len(diags) > 0 {
			t.Errorf("%s: %v", ref, diags)
		}
		var got [][4]any
		for _, d := range done {
			got = append(got, [4]any{d.Kind, d.Tag, d.Documents, d.Signatures})
		}
		want := [][4]any{{KindImage, "1.2.3", 3, 6}, {KindChart, "1.2.3", 1, 2}, {KindBundle, "v1.2.3", 1, 2}, {KindCatalog, "v1.2.3", 1, 2}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", ref, diff)
		}
	}
}

// TestVerifyFindsForgery tampers with one thing after the other. All of it is signed by whoever tampers.
func TestVerifyFindsForgery(t *testing.T) {
	const elsewhere = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	const quick = "dockerfile: {binary: manager}"
	tests := map[string]struct {
		target string
		change func(*testing.T) func(name, text string) string
		after  func(*testing.T, string) // with the output folder
		files  map[string]string
		want   diag.Code
		says   string
	}{
		"nothing": {},
		"chart pins a tag": {"helm", func(t *testing.T) func(string, string) string {
			return func(name, text string) string { return emptied(name, text) }
		}, nil, nil, diag.PinWrong, `names the image registry.example.com/team/ring-operator with the digest ""`},
		"chart names another image": {"helm", func(t *testing.T) func(string, string) string {
			return replacing(t, "values.yaml", "registry.example.com/team/ring-operator", "registry.example.com/evil/ring-operator")
		}, nil, nil, diag.PinWrong, "does not name the image registry.example.com/team/ring-operator@"},
		"chart of another version": {"helm", func(t *testing.T) func(string, string) string {
			return replacing(t, "Chart.yaml", "appVersion: \"1.2.3\"", "appVersion: \"1.2.4\"")
		}, nil, nil, diag.LabelWrong, `has the appVersion "1.2.4", and was made as "1.2.3"`},
		"bundle names another digest": {"olm", func(t *testing.T) func(string, string) string {
			return func(name, text string) string {
				return otherDigest(name, "clusterserviceversion.yaml", text, elsewhere)
			}
		}, nil, nil, diag.PinWrong, "names in its ClusterServiceVersion the image registry.example.com/team/ring-operator@" + elsewhere},
		"bundle of another version": {"olm", func(t *testing.T) func(string, string) string {
			return replacing(t, "clusterserviceversion.yaml", "  version: 1.2.3", "  version: 1.2.4")
		}, nil, nil, diag.LabelWrong, `has a ClusterServiceVersion of version "1.2.4"`},
		"bundle with other labels": {"olm", func(t *testing.T) func(string, string) string {
			return replacing(t, "annotations.yaml", "bundle.package.v1: ring-operator", "bundle.package.v1: king-operator")
		}, nil, nil, diag.LabelWrong, `has the label operators.operatorframework.io.bundle.package.v1="ring-operator", and its annotations.yaml says "king-operator"`},
		"bundle without a ClusterServiceVersion": {"olm", func(t *testing.T) func(string, string) string {
			return replacing(t, "clusterserviceversion.yaml", "kind: ClusterServiceVersion", "kind: Secret")
		}, nil, nil, diag.ReleaseIncomplete, "has no ClusterServiceVersion"},
		"catalog offers another bundle": {"catalog", func(t *testing.T) func(string, string) string {
			return func(name, text string) string {
				return otherDigestOf("registry.example.com/team/ring-operator-bundle@", text, elsewhere)
			}
		}, nil, nil, diag.PinWrong, "offers ring-operator.v1.2.3 as registry.example.com/team/ring-operator-bundle@" + elsewhere},
		"catalog offers nothing": {"catalog", func(t *testing.T) func(string, string) string {
			return replacing(t, "catalog.yaml", "registry.example.com/team/ring-operator-bundle", "registry.example.com/evil/ring-operator-bundle")
		}, nil, nil, diag.PinWrong, "does not offer the bundle registry.example.com/team/ring-operator-bundle@"},
		"catalog relates another image": {"catalog", func(t *testing.T) func(string, string) string {
			return func(name, text string) string {
				return otherDigestOf("registry.example.com/team/ring-operator@", text, elsewhere)
			}
		}, nil, nil, diag.PinWrong, "names in its entry ring-operator.v1.2.3 the image registry.example.com/team/ring-operator@" + elsewhere},
		"image with another label": {"", nil, nil,
			map[string]string{"operator.yaml": replaced(description + "\x00dockerfile: {binary: manager, labels: {org.opencontainers.image.version: \"9\"}}")},
			diag.LabelWrong, `has the label for linux/amd64 org.opencontainers.image.version="9", and was made as "1.2.3"`},
		"no provenance": {"", nil, func(t *testing.T, dist string) { without(t, dist, KindProvenance) }, nil, diag.DocumentMissing, "has no provenance"},
		"no parts list": {"", nil, func(t *testing.T, dist string) { without(t, dist, KindSBOM) }, nil, diag.DocumentMissing, "has no parts list for linux/amd64"},
		"provenance of another artifact": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindProvenance, func(d map[string]any) {
				d["subject"].([]any)[0].(map[string]any)["digest"].(map[string]any)["sha256"] = elsewhere[len("sha256:"):]
			})
		}, nil, diag.DocumentWrong, "has a provenance that speaks of " + elsewhere},
		"provenance of another program": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindProvenance, func(d map[string]any) {
				for _, r := range at(d, "predicate", "buildDefinition")["resolvedDependencies"].([]any) {
					if r := r.(map[string]any); strings.HasPrefix(r["name"].(string), "program ") {
						r["digest"].(map[string]any)["sha256"] = elsewhere[len("sha256:"):]
					}
				}
			})
		}, nil, diag.DocumentWrong, "has a provenance of another program linux/amd64: " + elsewhere},
		"provenance forgets a platform": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindProvenance, func(d map[string]any) { d["subject"] = d["subject"].([]any)[:1] })
		}, nil, diag.DocumentWrong, "has a provenance that does not speak of its image for linux/amd64"},
		"provenance of somebody else": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindProvenance, func(d map[string]any) { d["predicateType"] = "https://example.com/other" })
		}, nil, diag.DocumentWrong, "has a provenance that is not one of opc's"},
		"provenance names others": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindProvenance, func(d map[string]any) {
				chart := strings.Contains(d["subject"].([]any)[0].(map[string]any)["name"].(string), "/charts/")
				for _, r := range at(d, "predicate", "runDetails")["byproducts"].([]any) {
					if r := r.(map[string]any); chart && r["name"] == KindCatalog {
						r["digest"].(map[string]any)["sha256"] = elsewhere[len("sha256:"):]
					}
				}
			})
		}, nil, diag.DocumentWrong, "has a provenance that names the catalog " + elsewhere},
		"provenance of another version": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindProvenance, func(d map[string]any) {
				at(d, "predicate", "buildDefinition", "externalParameters")["version"] = "1.2.2"
			})
		}, nil, diag.LabelWrong, `has the annotation org.opencontainers.image.version="1.2.3", and was made as "1.2.2"`},
		"parts list of another image": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindSBOM, func(d map[string]any) { d["packages"].([]any)[0].(map[string]any)["versionInfo"] = elsewhere })
		}, nil, diag.DocumentWrong, "has a parts list for linux/amd64 that speaks of " + elsewhere},
		"parts list of another program": {"", nil, func(t *testing.T, dist string) {
			rewrite(t, dist, KindSBOM, func(d map[string]any) {
				d["packages"].([]any)[1].(map[string]any)["checksums"].([]any)[0].(map[string]any)["checksumValue"] = elsewhere[len("sha256:"):]
			})
		}, nil, diag.DocumentWrong, "has a parts list for linux/amd64 that is of another program than /manager"},
	}
	key, _ := newKey(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{"manager": "x", "operator.yaml": replaced(description + "\x00" + quick)}
			for name, text := range test.files {
				files[name] = text
			}
			change := func(_, text string) string { return text }
			if test.change != nil {
				change = test.change(t)
			}
			dist := forge(t, project(t, files), test.target, change)
			if test.after != nil {
				test.after(t, dist)
			}
			to := server(t, registry.WithReferrersSupport(true)) + "/team"
			done := mustPublish(t, Delivery{From: dist, To: to, Key: key})
			for _, kind := range []string{KindImage, KindCatalog} {
				i := slices.IndexFunc(done, func(p Published) bool { return p.Kind == kind })
				if test.want == diag.DocumentMissing && kind == KindCatalog {
					continue // nothing leads on from it
				}
				_, diags := verified(t, Verification{Ref: done[i].Repository + ":v1.2.3", Key: key.Public()})
				finds(t, diags, test.want, test.says)
			}
		})
	}
}

// finds checks that a fault was found, or none where none is wanted.
func finds(t *testing.T, diags diag.List, want diag.Code, says string) {
	t.Helper()
	if want == "" {
		if len(diags) > 0 {
			t.Error(diags)
		}
		return
	}
	if !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
		return d.Code == want && d.Severity == diag.Error && strings.Contains(d.Message, says)
	}) {
		t.Errorf("no %s %q in %v", want, says, diags)
	}
}

func at(tree map[string]any, fields ...string) map[string]any {
	for _, f := range fields {
		tree = tree[f].(map[string]any)
	}
	return tree
}

// emptied takes the digest out of a chart's values.
func emptied(name, text string) string {
	if !strings.HasSuffix(name, "values.yaml") {
		return text
	}
	var out []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "digest: sha256:") {
			line = "  digest: \"\"\n"
		}
		out = append(out, line)
	}
	return strings.Join(out, "")
}

func otherDigest(name, suffix, text, digest string) string {
	if !strings.HasSuffix(name, suffix) {
		return text
	}
	return otherDigestOf("ring-operator@", text, digest)
}

// otherDigestOf puts another digest behind a repository's name.
func otherDigestOf(repository, text, digest string) string {
	parts := strings.Split(text, repository)
	for i := 1; i < len(parts); i++ {
		parts[i] = digest + parts[i][len(digest):]
	}
	return strings.Join(parts, repository)
}

// TestVerifyFindsLinkedModules takes a module out of the parts list of a real program.
func TestVerifyFindsLinkedModules(t *testing.T) {
	dir := project(t, nil)
	mustBuild(t, dir)
	dist := filepath.Join(dir, "dist")
	rewrite(t, dist, KindSBOM, func(d map[string]any) { d["packages"] = d["packages"].([]any)[:2] })
	_, diags := verified(t, Verification{Ref: "oci:" + dist})
	finds(t, diags, diag.DocumentWrong, "has a parts list for linux/amd64 that lacks stdlib go1.")
}

// TestVerifySignatures has releases that are not signed, or not by the right one.
func TestVerifySignatures(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	key, _ := newKey(t)
	other, _ := newKey(t)
	for name, test := range map[string]struct {
		by   *sign.Key
		want string
	}{
		"nobody": {nil, "ring-operator-bundle@"}, "somebody else": {other, "is not signed with this key: it was made with another key"}, "us": {key, ""},
	} {
		to := server(t, registry.WithReferrersSupport(true)) + "/team"
		mustPublish(t, Delivery{From: dist, To: to, Key: test.by})
		ref := to + "/ring-operator-bundle:v1.2.3"
		_, diags := verified(t, Verification{Ref: ref, Key: key.Public()})
		if test.want == "" {
			finds(t, diags, "", "")
		} else {
			finds(t, diags, diag.NotSigned, test.want)
			if len(diags) != 12 {
				t.Errorf("%s: %d findings: %v", name, len(diags), diags)
			}
		}
		if _, diags := verified(t, Verification{Ref: ref}); len(diags) > 0 { // nobody asks for signatures
			t.Errorf("%s: %v", name, diags)
		}
	}
}

// TestVerifyForeignSignature lets a good signature of one artifact stand at another.
func TestVerifyForeignSignature(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	key, _ := newKey(t)
	to := server(t, registry.WithReferrersSupport(true)) + "/team"
	done := mustPublish(t, Delivery{From: dist, To: to})
	s, err := key.Sign(to+"/ring-operator-bundle", digestOf(done, KindImage))
	if err != nil {
		t.Fatal(err)
	}
	h, err := v1.NewHash(digestOf(done, KindBundle))
	if err != nil {
		t.Fatal(err)
	}
	p := &push{c: newClient(context.Background(), nil, firstWait, nil)}
	d, ok, err := inRegistry{p.c}.manifest(to+"/ring-operator-bundle", h)
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	if err := p.attach(toSign{repository: to + "/ring-operator-bundle", subject: d, tagged: true}, []sign.Signature{s}); err != nil {
		t.Fatal(err)
	}
	_, diags := verified(t, Verification{Ref: to + "/ring-operator-bundle", Key: key.Public()})
	finds(t, diags, diag.NotSigned, "is not signed with this key: it signs "+digestOf(done, KindImage))
}

// damaging gives one blob another content.
type damaging struct{ hex string }

// RoundTrip implements http.RoundTripper.
func (d damaging) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, d.hex) {
		data, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		data[len(data)/2] ^= 1
		resp.Body = io.NopCloser(bytes.NewReader(data))
	}
	return resp, err
}

// TestVerifyFindsLoss takes things out of a registry, moves tags and damages content.
func TestVerifyFindsLoss(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	older := prebuilt(t, "1.2.2", "stable")
	_, kinds := openLayout(t, filepath.Dir(dist))
	var bundle v1.Manifest
	data, err := os.ReadFile(filepath.Join(dist, "oci/blobs/sha256", kinds[KindBundle][0].Digest.Hex))
	if err == nil {
		err = json.Unmarshal(data, &bundle)
	}
	if err != nil {
		t.Fatal(err)
	}
	repo := func(to, last string) name.Repository {
		r, err := name.NewRepository(to + "/" + last)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	move := func(t *testing.T, r name.Repository, from, to string) {
		d, err := remote.Get(r.Tag(from))
		if err == nil {
			err = remote.Tag(r.Tag(to), d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for title, test := range map[string]struct {
		do   func(t *testing.T, to string)
		ref  string
		via  http.RoundTripper
		want diag.Code
		says string
	}{
		"bundle is gone": {func(t *testing.T, to string) {
			if err := remote.Delete(repo(to, "ring-operator-bundle").Digest(kinds[KindBundle][0].Digest.String())); err != nil {
				t.Fatal(err)
			}
		}, "ring-operator:v1.2.3", nil, diag.ReleaseIncomplete, "ring-operator-bundle@" + kinds[KindBundle][0].Digest.String() + " is not there"},
		"all of it is gone": {func(*testing.T, string) {}, "nothing:v1.2.3", nil, diag.ReleaseIncomplete, "there is no "},
		"tag is gone": {func(t *testing.T, to string) {
			if err := remote.Delete(repo(to, "ring-operator-bundle").Tag("v1.2.3")); err != nil {
				t.Fatal(err)
			}
		}, "ring-operator:v1.2.3", nil, diag.ReleaseIncomplete, "has lost its tag v1.2.3"},
		"tag was moved": {func(t *testing.T, to string) { move(t, repo(to, "ring-operator-bundle"), "v1.2.2", "v1.2.3") },
			"ring-operator-catalog:v1.2.3", nil, diag.PinWrong, "is not what its tag v1.2.3 stands at"},
		"older release under the tag": {func(t *testing.T, to string) { move(t, repo(to, "ring-operator-bundle"), "v1.2.2", "v1.2.3") },
			"ring-operator-bundle:v1.2.3", nil, diag.PinWrong, "stands under the tag v1.2.3, and is v1.2.2"},
		"layer is damaged":  {func(*testing.T, string) {}, "ring-operator:v1.2.3", damaging{bundle.Layers[0].Digest.Hex}, diag.ReleaseIncomplete, "can't be read: "},
		"config is damaged": {func(*testing.T, string) {}, "ring-operator:v1.2.3", damaging{bundle.Config.Digest.Hex}, diag.ReleaseIncomplete, "can't be read: "},
	} {
		t.Run(title, func(t *testing.T) {
			to := server(t, registry.WithReferrersSupport(true)) + "/team"
			mustPublish(t, Delivery{From: older, To: to})
			mustPublish(t, Delivery{From: dist, To: to})
			test.do(t, to)
			_, diags := verified(t, Verification{Ref: to + "/" + test.ref, Via: test.via, Wait: 1})
			finds(t, diags, test.want, test.says)
		})
	}
}
