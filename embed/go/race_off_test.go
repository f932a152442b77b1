//go:build !race

package clearance

const raceEnabled = false
