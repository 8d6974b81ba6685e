module demo.example/x // the module

go 1.19

toolchain go1.22.1

require golang.org/x/text v0.3.7
require (
	github.com/google/go-cmp v0.5.8 // indirect
	"quoted.example/a" v1.0.0
)

replace golang.org/x/text => ../text

replace (
	github.com/google/go-cmp v0.5.8 => evil.example/cmp v0.5.8
)
exclude golang.org/x/net v1.2.3
