// The tools of make lint have a module of their own, so that opc does not depend on what they depend on.
module github.com/opc-project/opc/tools

go 1.26.3

tool honnef.co/go/tools/cmd/staticcheck

require golang.org/x/tools v0.51.0

require (
	github.com/BurntSushi/toml v1.4.1-0.20240526193622-a339e1f7089c // indirect
	golang.org/x/exp/typeparams v0.0.0-20231108232855-2478ac86f678 // indirect
	golang.org/x/mod v0.41.0 // indirect
	golang.org/x/sync v0.23.0 // indirect
	honnef.co/go/tools v0.8.2 // indirect
)
