package clearance.embed.engine;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/**
 * One thread that looks at the calls of all guests, and stops those that have used up their time. It ends when the last guest is gone.
 */
final class Watchdog {
    private static final List<WeakReference<CallClock>> CLOCKS = new ArrayList<>();
    /** The clocks with a call that must stop. Replaced as a whole, by the watchdog alone. */
    private static volatile CallClock[] late = {};
    private static boolean isRunning;

    private Watchdog() {}

    static void watch(CallClock clock) {
        synchronized (CLOCKS) {
            CLOCKS.add(new WeakReference<>(clock));
            if (!isRunning) {
                Thread thread = new Thread(Watchdog::run, "clearance-watchdog");
                thread.setDaemon(true);
                // It must not keep the classes of the application that happened to load the first policy.
                thread.setContextClassLoader(null);
                thread.start();
                isRunning = true;
            }
        }
    }

    /** Called by compiled code while some call must stop: maybe this one. */
    static void stopIfLate() {
        Thread current = Thread.currentThread();
        for (CallClock clock : late) {
            if (clock.isLate(current)) {
                throw clock.stopped();
            }
        }
    }

    private static void run() {
        ThreadClock threads = new ThreadClock();
        long tickMillis = 1;
        while (true) {
            try {
                Thread.sleep(tickMillis);
            } catch (InterruptedException nobody) {
                continue;
            }
            List<CallClock> clocks = clocks();
            if (clocks == null) {
                return;
            }
            List<CallClock> found = new ArrayList<>();
            long next = 100;
            for (CallClock clock : clocks) {
                // Ticks count, not a clock of the machine: a process that stood still as a whole has used no time.
                if (clock.look(tickMillis, threads)) {
                    found.add(clock);
                }
                next = Math.min(next, clock.tickMillis());
            }
            late = found.toArray(CallClock[]::new);
            StopSignal.raised = !found.isEmpty();
            tickMillis = next;
        }
    }

    /** The clocks that somebody still has, or {@code null} where there is none and the watchdog ends. */
    private static List<CallClock> clocks() {
        synchronized (CLOCKS) {
            List<CallClock> alive = new ArrayList<>();
            CLOCKS.removeIf(reference -> {
                CallClock clock = reference.get();
                return clock == null || !alive.add(clock);
            });
            isRunning = !alive.isEmpty();
            return isRunning ? alive : null;
        }
    }
}
