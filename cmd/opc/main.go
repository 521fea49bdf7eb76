// Command opc compiles one description of a Kubernetes operator into everything needed to ship it.
package main

func main() {}
