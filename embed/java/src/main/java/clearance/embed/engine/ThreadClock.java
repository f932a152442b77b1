package clearance.embed.engine;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** The processor time of threads, as far as this machine and its class library know it. */
final class ThreadClock {
    private ThreadMXBean threads;
    private boolean isMissing;

    /** The processor time of a thread, or less than 0 where nobody knows it, as with a virtual thread. */
    long cpuNanos(Thread thread) {
        if (isMissing) {
            return -1;
        }
        try {
            if (threads == null) {
                threads = ManagementFactory.getThreadMXBean();
            }
            // `threadId` is younger than Java 17.
            @SuppressWarnings("deprecation")
            long id = thread.getId();
            return threads.getThreadCpuTime(id);
        } catch (RuntimeException | LinkageError unsupported) {
            isMissing = true;
            return -1;
        }
    }
}
