//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package clearance

import "time"

// processorTime is the time that passes, because this system does not say what this process used.
func processorTime() time.Duration {
	return wallTime()
}
