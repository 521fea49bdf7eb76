// Package olm lets OLM v0 and OLM v1 install what opc emits: the real programs, from the real catalog and bundle, whose
// images stand in a registry on loopback. Its tests have the build tag olm, since what they need takes long to build
// the first time: `make e2e-olm` runs them.
package olm
