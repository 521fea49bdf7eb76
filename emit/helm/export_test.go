package helm

// What the tests of package helm_test use: they import the importer, which imports this package.
var (
	Shared       = shared
	LowerFS      = lowerFS
	Variants     = variants
	HoldsToModel = holdsToModel
	LintStrict   = lintStrict
)
