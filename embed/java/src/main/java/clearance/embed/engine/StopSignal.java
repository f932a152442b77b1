package clearance.embed.engine;

/** What the compiled code of a policy looks at in every loop and before every call. Not part of the API. */
public final class StopSignal {
    /** Whether any call must stop. Written by {@link Watchdog} alone. */
    static volatile boolean raised;

    private StopSignal() {}

    /** Throws where the call that this thread makes has used up its time. */
    public static void check() {
        if (raised) {
            Watchdog.stopIfLate();
        }
    }
}
