package clearance.embed.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;

/**
 * Says to the watchdog when a call of one guest begins and ends. A call costs no look at a clock and no fence: the watchdog comes by, and
 * stops a call that it meets too often. Not part of the API.
 *
 * <p>What counts is the processor time of the thread, so that a busy machine stops no call. Twenty times as much of all time stops one too,
 * however little of it the thread could compute, and where there is no clock of the thread all time counts.
 */
public final class CallClock {
    private static final VarHandle CALLS;

    static {
        try {
            CALLS = MethodHandles.lookup().findVarHandle(CallClock.class, "calls", long.class);
        } catch (ReflectiveOperationException error) {
            throw new ExceptionInInitializerError(error);
        }
    }

    private static final int DEADLINE = 2;
    private static final int TIMEOUT = 3;
    private static final int TIMEOUT_IN_DEADLINES = 20;

    private final long deadlineMillis;
    /** How many calls have begun and ended: odd while one is under way. Written by the thread that makes the call. */
    private long calls;
    private Thread thread;

    /** This many ticks pass before the watchdog asks for processor time: the JVM takes long to load what it needs for that. */
    private static final int TICKS_WITHOUT_CLOCK = 2;

    // What the watchdog remembers of the call that it met last.
    private long metCall;
    private int metTicks;
    private long metMillis;
    private long metCpuNanos;
    private volatile long stoppedCall;
    private volatile int status;

    /** A clock for the calls of one guest, which are made one after the other. */
    public CallClock(Duration deadline) {
        deadlineMillis = Math.max(1, deadline.toMillis());
        Watchdog.watch(this);
    }

    /** A call begins on this thread. */
    public void begin() {
        thread = Thread.currentThread();
        CALLS.setRelease(this, calls + 1);
    }

    /** The call has ended, however it did. */
    public void end() {
        thread = null;
        CALLS.setRelease(this, calls + 1);
    }

    /** How often the watchdog has to come by. */
    long tickMillis() {
        return Math.min(100, Math.max(1, deadlineMillis / 10));
    }

    /** The watchdog comes by, so much time after it came by last. Answers whether a call must stop. */
    boolean look(long elapsedMillis, ThreadClock clock) {
        long call = (long) CALLS.getAcquire(this);
        Thread caller = thread;
        if (call % 2 == 0 || caller == null || (long) CALLS.getAcquire(this) != call) {
            return false;
        }
        if (call != metCall) {
            metCall = call;
            metTicks = 0;
            metMillis = 0;
            return false;
        }
        metTicks++;
        metMillis += elapsedMillis;
        if (metTicks <= TICKS_WITHOUT_CLOCK) {
            metCpuNanos = metTicks == TICKS_WITHOUT_CLOCK ? clock.cpuNanos(caller) : 0;
            return false;
        }
        long cpuNanos = clock.cpuNanos(caller);
        boolean hasClock = cpuNanos >= 0 && metCpuNanos >= 0;
        long usedMillis = hasClock ? (cpuNanos - metCpuNanos) / 1_000_000 : metMillis;
        long timeoutMillis = deadlineMillis * TIMEOUT_IN_DEADLINES;
        if (usedMillis >= deadlineMillis) {
            stop(call, DEADLINE, deadlineMillis);
        } else if (metMillis >= timeoutMillis) {
            stop(call, TIMEOUT, timeoutMillis);
        }
        return stoppedCall == call;
    }

    private void stop(long call, int kind, long limitMillis) {
        status = kind | (int) Math.min(limitMillis, (1 << 27) - 1) << 4;
        stoppedCall = call;
    }

    /** Whether the call that is under way on this thread is one of this clock, and must stop. */
    boolean isLate(Thread current) {
        return thread == current && stoppedCall == calls;
    }

    CallStopped stopped() {
        return new CallStopped(status);
    }
}
