//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package clearance

import (
	"syscall"
	"time"
)

// processorTime is how much processor time this process has used: at least as much as a call of a policy.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return wallTime()
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
