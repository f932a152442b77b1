//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package clearance

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// checkFolder refuses a folder into which another user can put code that this process would run: the folder and all in it belong to this user and
// nobody else can write them, and each folder above belongs to this user or to root, and nobody else can write it or it is sticky, as
// `/tmp` is.
func checkFolder(folder string) error {
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return failure(CodeCache, err, "`%s` cannot hold compiled code: %v", folder, err)
		}
		return checkEntry(folder, path, false)
	})
	for above := filepath.Dir(folder); err == nil; above = filepath.Dir(above) {
		err = checkEntry(folder, above, true)
		if above == filepath.Dir(above) {
			break
		}
	}
	return err
}

func checkEntry(folder, path string, isAbove bool) error {
	info, err := os.Lstat(path)
	if err != nil {
		return failure(CodeCache, err, "`%s` cannot hold compiled code: %v", folder, err)
	}
	owner, isKnown := info.Sys().(*syscall.Stat_t)
	if !isKnown || int(owner.Uid) != os.Geteuid() && !(isAbove && owner.Uid == 0) {
		return failure(CodeCache, nil, "`%s` cannot hold compiled code: `%s` belongs to another user", folder, path)
	}
	const othersMayWrite = 0o022
	if info.Mode()&othersMayWrite != 0 && !(isAbove && info.Mode()&os.ModeSticky != 0) {
		return failure(CodeCache, nil, "`%s` cannot hold compiled code: others can write `%s`: `chmod go-w` it", folder, path)
	}
	return nil
}
