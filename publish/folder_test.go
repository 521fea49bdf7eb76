package publish

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// TestFoldersTakeManyAtOnce publishes several versions into one folder at the same time: no index loses an entry.
func TestFoldersTakeManyAtOnce(t *testing.T) {
	versions := []string{"1.2.3", "1.2.4", "1.3.0", "2.0.0"}
	var dists []string
	for _, v := range versions {
		dists = append(dists, prebuilt(t, v, "stable"))
	}
	helm, carry := t.TempDir(), filepath.Join(t.TempDir(), "carry")
	var all sync.WaitGroup
	for _, dist := range dists {
		for _, to := range []string{"helm:" + helm, "oci:" + carry} {
			all.Go(func() {
				if _, diags, err := Publish(context.Background(), Delivery{From: dist, To: to}); err != nil || len(diags) > 0 {
					t.Error(diags, err)
				}
			})
		}
	}
	all.Wait()
	index, err := readHelmIndex(filepath.Join(helm, "index.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range index["entries"].(map[string]any)["ring-operator"].([]any) {
		got = append(got, text(e.(map[string]any), "version"))
	}
	if want := []string{"2.0.0", "1.3.0", "1.2.4", "1.2.3"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	to := server(t)
	mustPublish(t, Delivery{From: carry, To: to})
	tags := standing(t, to+"/ring-operator")
	if tags["latest"] != tags["v2.0.0"] || tags["v1"] != tags["v1.3.0"] || tags["v1.2"] != tags["v1.2.4"] {
		t.Error(tags)
	}
	// In another order, at another time: the same bytes.
	again := t.TempDir()
	slices.Reverse(dists)
	for _, dist := range dists {
		mustPublish(t, Delivery{From: dist, To: "helm:" + again})
	}
	first, err := os.ReadFile(filepath.Join(helm, "index.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(filepath.Join(again, "index.yaml"))
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("two indexes: %v\n%s\n%s", err, first, second)
	}
}

// TestStoppedCopy stops a copy into a layout: the next run completes it.
func TestStoppedCopy(t *testing.T) {
	dist := prebuilt(t, "1.2.3", "stable")
	carry := filepath.Join(t.TempDir(), "carry")
	ctx, stop := context.WithCancel(context.Background())
	copies := 0
	_, _, err := Publish(ctx, Delivery{From: dist, To: "oci:" + carry, Tell: func(string) {
		if copies++; copies == 3 {
			stop()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(carry, "index.json")); err == nil {
		t.Error("the index lists what is not there")
	}
	mustPublish(t, Delivery{From: dist, To: "oci:" + carry})
	mustPublish(t, Delivery{From: carry, To: server(t)})
}
