package build

// InputDigest is the identity of what the description says and of the files that it names; "" before they were read.
func (r *Result) InputDigest() string {
	if r.reads == nil || r.Document == nil {
		return ""
	}
	return r.reads.digest(r.Document.Tree)
}
