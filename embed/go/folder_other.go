//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package clearance

// checkFolder refuses every folder: nothing here says which users can write it.
func checkFolder(folder string) error {
	return failure(CodeCache, nil, "`%s` cannot hold compiled code: that is kept on Unix only", folder)
}
