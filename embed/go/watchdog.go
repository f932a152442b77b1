package clearance

import (
	"context"
	"sync"
	"time"

	"github.com/tetratelabs/wazero/api"
)

const (
	defaultDeadline = 500 * time.Millisecond
	// deadlineTicks is the least number of ticks in a deadline.
	deadlineTicks = 5
	// maxTick is how late a context that has ended may be noticed.
	maxTick = 100 * time.Millisecond
	// timeoutDeadlines is the number of deadlines after which a call is stopped, however little it could compute.
	timeoutDeadlines = 20
)

// stop says why the watchdog closed an instance. 0 means that it did not.
type stop uint8

const (
	stopDeadline stop = iota + 1
	stopTimeout
	stopCanceled
)

// watchdog closes the instance of a policy whose call takes too long. It looks at the call that is under way once a tick, and a call that
// is done sooner costs it two locks that nobody else wants. Its timer runs only while calls come.
type watchdog struct {
	deadline, tick time.Duration

	mu    sync.Mutex
	timer *time.Timer
	// isArmed says that the timer runs, isBusy that a call began since the last tick.
	isArmed, isBusy bool
	// instance is that of the call under way. It is nil between two calls.
	instance api.Module
	asking   context.Context
	why      stop
	// ticks counts those of the call under way, and used is the processor time of the process in them, but for the first, which began
	// before the call.
	ticks int
	used  time.Duration
	// processorTime is that of the process at the last tick.
	processorTime time.Duration
}

func newWatchdog(deadline time.Duration) *watchdog {
	if deadline <= 0 {
		deadline = defaultDeadline
	}
	deadline = max(deadline, deadlineTicks*time.Millisecond)
	return &watchdog{deadline: deadline, tick: min(deadline/deadlineTicks, maxTick)}
}

// begin says that a call begins. asking is the context that may end it, or nil.
func (w *watchdog) begin(instance api.Module, asking context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instance, w.asking, w.isBusy = instance, asking, true
	w.why, w.ticks, w.used = 0, 0, 0
	if w.isArmed {
		return
	}
	w.isArmed = true
	w.processorTime = processorTime()
	if w.timer == nil {
		w.timer = time.AfterFunc(w.tick, w.look)
	} else {
		w.timer.Reset(w.tick)
	}
}

// end says that the call has ended, and answers whether the watchdog ended it.
func (w *watchdog) end() stop {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instance, w.asking = nil, nil
	return w.why
}

// look is called once a tick.
func (w *watchdog) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := processorTime()
	used := now - w.processorTime
	w.processorTime = now
	if w.instance == nil {
		if !w.isBusy {
			w.isArmed = false
			return
		}
	} else if w.why == 0 {
		w.ticks++
		if w.ticks > 1 {
			// A process that stood still as a whole has one tick for all that time.
			w.used += min(used, w.tick)
		}
		switch {
		case w.asking != nil && w.asking.Err() != nil:
			w.why = stopCanceled
		case w.used >= w.deadline-w.tick/2:
			w.why = stopDeadline
		case time.Duration(w.ticks)*w.tick > timeoutDeadlines*w.deadline:
			w.why = stopTimeout
		}
		if w.why != 0 {
			_ = w.instance.CloseWithExitCode(context.Background(), uint32(w.why))
		}
	}
	w.isBusy = false
	w.timer.Reset(w.tick)
}

// status is what a call answers to the authorizer when the watchdog stopped it.
func (w *watchdog) status(why stop) uint32 {
	limit := w.deadline.Milliseconds()
	switch why {
	case stopDeadline:
		return statusDeadline | limitBits(limit)
	case stopTimeout:
		return statusTimeout | limitBits(timeoutDeadlines*limit)
	default:
		return 0
	}
}

var started = time.Now()

// wallTime is the time that has passed.
func wallTime() time.Duration {
	return time.Since(started)
}
